#include "commands/run_exports.h"

#include <array>
#include <string>
#include <string_view>

#include "commands/export_snippet.h"
#include "commands/export_weights.h"
#include "commands/run_config.h"
#include "commands/sagemaker_job.h"
#include "commands/weight_description.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/io/export.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;
using models::Naming;

constexpr std::array kDetectors{Naming::kTorchvision, Naming::kMmdet, Naming::kDetectron2,
                                Naming::kDarknet, Naming::kKeras};

// Why the program cannot use the run's weights; empty: it can.
std::string obstacle(const TrainSettings& settings, Naming program) {
  ExportSubject subject;
  subject.choice.model = settings.model.model;
  subject.choice.original = follows_original(settings);
  subject.choice.naming = program;
  subject.leaky_slope = settings.model.leaky_slope;
  const std::string missing = missing_network(subject);
  return missing.empty() ? silent_difference(subject) : missing;
}

std::vector<std::string_view> parts_of(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

// Throws as models::parse_naming, saying which option it was.
Naming parse_program(std::string_view name) {
  try {
    return models::parse_naming(name);
  } catch (const core::UsageError& error) {
    throw core::UsageError(core::format("--job_exports: {}", error.what()));
  }
}

std::string ending_for(Naming program) {
  switch (program) {
    case Naming::kTimm:
      return ".safetensors";
    case Naming::kDarknet:
      return ".conv.74";
    case Naming::kKeras:
      return ".h5";
    default:
      return ".pth";
  }
}

}  // namespace

std::vector<Naming> programs_to_export_for(const TrainSettings& settings) {
  const std::string& wanted = settings.comm.job_exports;
  std::vector<Naming> programs;
  if (wanted == "none") return programs;
  if (wanted == "auto") {
    for (const Naming program : kDetectors) {
      if (obstacle(settings, program).empty()) programs.push_back(program);
    }
    return programs;
  }
  for (const std::string_view name : parts_of(wanted)) {
    programs.push_back(parse_program(name));
    const std::string why_not = obstacle(settings, programs.back());
    if (why_not.empty()) continue;
    throw core::UsageError(core::format("--job_exports {}: {}", name, why_not));
  }
  return programs;
}

void write_exports(const fs::path& weights, const std::vector<Naming>& programs,
                   const fs::path& folder) {
  if (programs.empty()) return;
  core::require_writable_directory(folder, "--sagemaker_dir (exports in its model folder)");
  const io::SafetensorsFile file = io::read_weights(weights);
  std::string names;
  for (const Naming program : programs) {
    const std::string name(models::naming_name(program));
    ExportOptions options;
    options.target = name;
    options.verify = true;
    ExportSubject subject = describe_export(options, file, weights);
    subject.output = name + ending_for(program);  // the reader moves the folder
    io::export_weights(file, weights, subject.choice, folder / subject.output);
    core::write_file_atomic(folder / (name + ".txt"), export_snippet(subject));
    names += core::format("{}{}", names.empty() ? "" : ", ", name);
  }
  core::log_info("weights for {} are in {}", names, folder.string());
}

void hand_over_to_job(const TrainSettings& settings, const io::RunDirectory& directory) {
  const std::string& job = settings.comm.sagemaker_dir;
  if (!is_sagemaker_job(job)) return;
  fill_sagemaker_model(job, directory);
  try {
    write_exports(resolve_weights(directory.path().string()), programs_to_export_for(settings),
                  sagemaker_model_folder(job) / "exports");
  } catch (const std::exception& error) {  // what was trained is safe: the job has not failed
    core::log_warning(
        "the training is complete, its exports for other programs are not: {}; make them with "
        "`train_backbone export`",
        error.what());
  }
}

}  // namespace train_backbone::commands
