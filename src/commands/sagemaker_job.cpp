#include "commands/sagemaker_job.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

fs::path config_file(const fs::path& directory, std::string_view name) {
  return directory / "input/config" / (std::string(name) + ".json");
}

// Nothing without the file.
std::optional<Json> read_json(const fs::path& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  Json object = Json::parse(file, nullptr, false);
  if (!object.is_object()) throw core::DataError(path, "is no JSON object");
  return object;
}

// "\"resnet50\"" -> "resnet50"; what is no JSON is a text as it stands.
std::string plain_value(const Json& value) {
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  const Json inner = Json::parse(text, nullptr, false);
  return inner.is_string() ? inner.get<std::string>() : text;
}

// The first of these channels that there is.
std::optional<fs::path> channel(const fs::path& directory,
                                std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const fs::path folder = directory / "input/data" / name;
    if (is_there(folder)) return folder;
  }
  return std::nullopt;
}

// Of a job with one channel of any name.
std::optional<fs::path> only_channel(const fs::path& directory) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (const auto& item : fs::directory_iterator(directory / "input/data", ignored)) {
    if (item.is_directory(ignored)) folders.push_back(item.path());
  }
  return folders.size() == 1 ? std::optional(folders.front()) : std::nullopt;
}

}  // namespace

bool is_sagemaker_job(const fs::path& directory) {
  constexpr std::array<std::string_view, 3> kFiles{"hyperparameters", "resourceconfig",
                                                   "inputdataconfig"};
  return std::any_of(kFiles.begin(), kFiles.end(),
                     [&](std::string_view name) { return is_there(config_file(directory, name)); });
}

NamedValues sagemaker_defaults(const fs::path& directory) {
  NamedValues values{{"model_dir", (directory / "checkpoints").string()}, {"resume_from", "auto"}};
  const std::optional<fs::path> only = only_channel(directory);
  const auto add = [&](const char* option, std::optional<fs::path> folder) {
    if (!folder) folder = only;
    if (folder) values.emplace_back(option, folder->string());
  };
  add("train_data_dir", channel(directory, {"train", "training"}));
  add("validation_data_dir", channel(directory, {"validation", "val", "test"}));
  return values;
}

NamedValues sagemaker_hyperparameters(const fs::path& directory) {
  NamedValues values;
  const fs::path path = config_file(directory, "hyperparameters");
  const std::optional<Json> object = read_json(path);
  if (!object) return values;
  for (const auto& [key, value] : object->items()) {
    if (key.starts_with("sagemaker_") || key == "_tuning_objective_metric") continue;
    std::string name = key;
    std::replace(name.begin(), name.end(), '-', '_');
    values.emplace_back(std::move(name), plain_value(value));
  }
  return values;
}

std::string sagemaker_metric_definitions() {
  // Of the line per epoch; a prefix that mpirun puts in front does not matter.
  const std::array<std::pair<const char*, const char*>, 7> all{{
      {"epoch", "epoch ([0-9]+)/[0-9]+.*, step"},
      {"train:loss", "epoch .*: loss ([0-9.]+)"},
      {"train:top1", ": loss [0-9.]+, top-1 ([0-9.]+) %"},
      {"validation:loss", "; validation loss ([0-9.]+)"},
      {"validation:top1", "; validation loss [0-9.]+, top-1 ([0-9.]+) %"},
      {"validation:top5", "; validation loss .*top-5 ([0-9.]+) %"},
      {"train:images_per_second", "epoch .*; ([0-9.]+) img/s"},
  }};
  Json definitions = Json::array();
  for (const auto& [name, regex] : all) definitions.push_back({{"Name", name}, {"Regex", regex}});
  return definitions.dump(2);
}

fs::path failure_file(const fs::path& directory) { return directory / "output/failure"; }

fs::path sagemaker_model_folder(const fs::path& directory) { return directory / "model"; }

void fill_sagemaker_model(const fs::path& directory, const io::RunDirectory& run) {
  const fs::path model = sagemaker_model_folder(directory);
  core::require_writable_directory(model, "--sagemaker_dir (its model folder)");
  for (const fs::path& file : {run.best_weights(), run.last_weights(), run.run_toml(),
                               run.metrics_jsonl(), run.metrics_csv(), run.report()}) {
    if (!is_there(file)) continue;
    const fs::path copy = model / file.filename();
    const fs::path pending = model / ("." + file.filename().string() + ".tmp");
    std::error_code error;
    fs::copy_file(file, pending, fs::copy_options::overwrite_existing, error);
    if (!error) fs::rename(pending, copy, error);
    if (error) {
      throw core::DeviceError(
          core::format("{}: cannot be written: {}", copy.string(), error.message()));
    }
  }
  core::log_info("weights and report are in {}", model.string());
}

void set_sagemaker_network(const fs::path& directory) {
  const std::optional<Json> resources = read_json(config_file(directory, "resourceconfig"));
  if (!resources || !resources->contains("network_interface_name")) return;
  const Json& name = resources->at("network_interface_name");
  if (!name.is_string()) return;
  constexpr int kKeep = 0;
  ::setenv("NCCL_SOCKET_IFNAME", name.get<std::string>().c_str(), kKeep);
}

}  // namespace train_backbone::commands
