#include <map>
#include <sstream>
#include <string>

#include "commands/run_config.h"
#include "commands/run_ranks.h"
#include "train_backbone/comm/fail_together.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/version.h"

namespace train_backbone::commands {
namespace {

// Everything that decides what the ranks compute, and which calls they make to each other.
ConfigText common_text(const TrainSettings& settings, uint64_t training_fingerprint,
                       uint64_t validation_fingerprint) {
  const auto text = [](const auto& value) { return core::format("{}", value); };
  ConfigText config;
  for (const auto& [name, value] : weight_options(settings)) config["--" + name] = value;
  const auto optional = [&](const std::optional<int64_t>& value) {
    return value ? text(*value) : std::string("not given");
  };
  config["--max_steps"] = optional(settings.train.max_steps);
  config["--eval_every_epochs"] = text(settings.train.eval_every_epochs);
  config["--checkpoint_every_steps"] = text(settings.train.checkpoint_every_steps);
  config["--log_every_steps"] = text(settings.train.log_every_steps);
  config["--resume_from"] = settings.train.resume_from.empty() ? "not given" : "given";
  config["--fine_tune"] = settings.train.fine_tune.empty() ? "not given" : "given";
  config["--on_bad_record"] = settings.data.damage.on_bad_record;
  config["--sync_bn"] = text(settings.comm.sync_bn);
  config["--bucket_mb"] = text(settings.comm.bucket_mb);
  config["--check_replicas_every"] = text(settings.comm.check_replicas_every);
  config["the training records"] = core::format("{:016x}", training_fingerprint);
  config["the validation records"] = core::format("{:016x}", validation_fingerprint);
  config["the program's version"] = core::program_version();
  return config;
}

std::string lines_of(const ConfigText& config) {
  std::string lines;
  for (const auto& [name, value] : config) lines += core::format("{}\t{}\n", name, value);
  return lines;
}

ConfigText parse_lines(const std::string& lines) {
  ConfigText config;
  std::istringstream stream(lines);
  std::string line;
  while (std::getline(stream, line)) {
    const size_t tab = line.find('\t');
    config[line.substr(0, tab)] = tab == std::string::npos ? "" : line.substr(tab + 1);
  }
  return config;
}

std::string value_in(const ConfigText& config, const std::string& name) {
  const auto found = config.find(name);
  return found == config.end() ? "unknown" : found->second;
}

// What differs from the first rank: "--seed is 2 (1 on rank 0)".
std::string differences(const ConfigText& first, const ConfigText& other) {
  ConfigText names = first;
  names.insert(other.begin(), other.end());
  std::string text;
  for (const auto& [name, unused] : names) {
    const std::string own = value_in(other, name);
    const std::string expected = value_in(first, name);
    if (own == expected) continue;
    text +=
        core::format("{}{} is {} ({} on rank 0)", text.empty() ? "" : ", ", name, own, expected);
  }
  return text;
}

}  // namespace

void check_agreement(RunRanks& ranks, const TrainSettings& settings, uint64_t training_fingerprint,
                     uint64_t validation_fingerprint) {
  const std::vector<std::string> all = ranks.control().all_gather(
      lines_of(common_text(settings, training_fingerprint, validation_fingerprint)));
  std::string text;
  for (size_t rank = 1; rank < all.size(); ++rank) {
    if (all[rank] == all[0]) continue;
    text += core::format("{}on rank {} ({}) {}", text.empty() ? "" : "; ", rank,
                         ranks.host_of(static_cast<int64_t>(rank)),
                         differences(parse_lines(all[0]), parse_lines(all[rank])));
  }
  if (text.empty()) return;
  comm::throw_together(
      ranks.control(), core::ExitCode::kUsage,
      core::format(
          "the ranks of this run do not agree: {}; start all ranks with one command line on "
          "the same program and data",
          text));
}

}  // namespace train_backbone::commands
