#include "commands/doctor/doctor_command.h"

#include <iostream>

#include "commands/doctor/check_machine.h"
#include "commands/doctor/check_ranks.h"
#include "commands/json_line.h"
#include "commands/run_ranks.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/terminal.h"
#include "train_backbone/models/options.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/ops/guard_device.h"

namespace train_backbone::commands {
namespace {

core::Colour colour_of(FindingLevel level) {
  if (level == FindingLevel::kOk) return core::Colour::kGreen;
  return level == FindingLevel::kWarning ? core::Colour::kYellow : core::Colour::kRed;
}

void print(const Finding& finding) {
  const std::string level =
      core::coloured(core::format("{:<7}", level_name(finding.level)), colour_of(finding.level));
  constexpr size_t kIndent = 19;  // where the text begins
  std::cout << core::fit_terminal(
      core::format("{}  {:<9} {}{}\n", level, finding.check,
                   finding.where.empty() ? "" : finding.where + ": ", finding.text),
      kIndent);
  if (finding.advice.empty()) return;
  std::cout << core::fit_terminal(core::format("{:20}-> {}\n", "", finding.advice), kIndent + 4);
}

nlohmann::ordered_json json_of(const std::vector<Finding>& findings) {
  nlohmann::ordered_json counts{{"ok", 0}, {"warnings", 0}, {"errors", 0}};
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    const bool is_ok = finding.level == FindingLevel::kOk;
    const char* count =
        is_ok ? "ok" : (finding.level == FindingLevel::kWarning ? "warnings" : "errors");
    counts[count] = counts[count].get<int64_t>() + 1;
    nlohmann::ordered_json row{
        {"check", finding.check}, {"level", level_name(finding.level)}, {"text", finding.text}};
    if (!finding.advice.empty()) row["advice"] = finding.advice;
    if (!finding.where.empty()) row["where"] = finding.where;
    rows.push_back(std::move(row));
  }
  counts["findings"] = std::move(rows);
  return counts;
}

}  // namespace

void DoctorOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(train_data_dir, {.name = "train_data_dir",
                                  .help = "folder with the training shards that are looked at"});
  visitor.option(validation_data_dir,
                 {.name = "validation_data_dir", .help = "folder with the validation shards"});
  visitor.option(index_dir, {.name = "index_dir",
                             .help = "folder for the cached record index; default: beside the "
                                     "shards, else the user's cache folder"});
  visitor.option(model_dir, {.name = "model_dir", .help = "folder that a run would write into"});
  visitor.option(model, {.name = "model",
                         .help = "whose checkpoints must find room",
                         .suggestions = models::suggested_models()});
  visitor.option(num_classes, {.name = "num_classes",
                               .help = "classes of that model",
                               .bound = core::at_least(1),
                               .unit = "classes"});
  visitor.option(device, {.name = "device",
                          .help = "where a run would compute; auto: a GPU where this build and "
                                  "the machine have one, else the CPU",
                          .choices = {"auto", "cpu", "cuda"}});
  visitor.option(share_gpu, {.name = "share_gpu", .help = "several ranks may compute on one GPU"});
  visitor.option(workers, {.name = "workers",
                           .help = "threads that a run would read and decode with",
                           .bound = core::between(0, 1024),
                           .unit = "threads",
                           .word_for_zero = "auto"});
  visitor.option(compute_threads, {.name = "compute_threads",
                                   .help = "threads that a run would compute with; 0: the cores "
                                           "this process may run on",
                                   .bound = core::between(0, 1024),
                                   .unit = "threads"});
  visitor.option(check_records, {.name = "check_records",
                                 .help = "records of each set whose checksums are computed",
                                 .bound = core::at_least(0),
                                 .unit = "records"});
  visitor.option(disk_seconds, {.name = "disk_seconds",
                                .help = "about how long the disk is read to tell its speed; 0: not",
                                .bound = core::between(0, 600),
                                .unit = "seconds"});
}

std::vector<config::OptionGroup> DoctorCommand::option_groups() {
  return {{.title = "What a run would be given", .options = &options_},
          {.title = "Output", .options = &output_}};
}

void DoctorCommand::complete_options() {
  options_.model = models::canonical_model_name(options_.model);
}

int DoctorCommand::run(const config::ResolvedConfig& /*resolved*/) {
  int code = 0;
  ops::guard_device([&] { code = look(); });
  return code;
}

int DoctorCommand::look() {
  RunRanks ranks({}, log_level());
  std::vector<Finding> findings;
  ranks.together([&] { findings = check_machine(options_, ranks); });
  findings = with_other_ranks(ranks, options_, std::move(findings));
  if (ranks.is_first()) {
    for (const Finding& finding : findings) {
      if (!output_.quiet) print(finding);
    }
    print_json_line(json_of(findings));
  }
  ranks.control().barrier();
  return exit_code_of(findings);
}

}  // namespace train_backbone::commands
