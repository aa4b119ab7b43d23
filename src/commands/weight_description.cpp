#include "commands/weight_description.h"

#include "commands/run_config.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/train/normalisation.h"

namespace train_backbone::commands {

namespace fs = std::filesystem;

fs::path resolve_weights(const std::string& given) {
  std::error_code ignored;
  // A run that was stopped before its first validation has no best weights.
  for (const char* name : {"best.safetensors", "last.safetensors"}) {
    const fs::path weights_of_run = fs::path(given) / "weights" / name;
    if (fs::exists(weights_of_run, ignored)) return weights_of_run;
  }
  return given;
}

std::optional<std::string> WeightDescription::text(const std::string& name) const {
  const auto found = metadata_.find(name);
  if (found == metadata_.end()) return std::nullopt;
  return found->second;
}

ops::Normalisation WeightDescription::normalisation() const {
  ops::Normalisation result = train::imagenet_normalisation();
  const std::optional<std::string> mean = text("mean");
  const std::optional<std::string> deviation = text("std");
  if (mean) result.mean = parse_channels(*mean, path_);
  if (deviation) result.deviation = parse_channels(*deviation, path_);
  return result;
}

std::string WeightDescription::model(const std::string& option) const {
  if (!option.empty()) return models::canonical_model_name(option);
  const std::optional<std::string> name = text("model");
  if (name) return models::canonical_model_name(*name);
  throw core::UsageError(
      core::format("--model is needed: {} does not say whose weights it holds", path_.string()));
}

// The only two-dimensional weight of these networks.
int64_t WeightDescription::classes(const io::NamedTensors& tensors) const {
  for (const auto& [name, tensor] : tensors) {
    if (tensor.dim() == 2) return tensor.size(0);
  }
  throw core::UsageError(
      core::format("--num_classes is needed: {} has no dense layer to tell it", path_.string()));
}

}  // namespace train_backbone::commands
