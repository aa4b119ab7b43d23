#include "commands/validate_target.h"

#include <charconv>
#include <optional>
#include <system_error>

#include "commands/run_config.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/tensor_apply.h"
#include "train_backbone/io/weights.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/train/normalisation.h"
#include "train_backbone/train/run_state.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;

// The metadata of a weight file, each value optional.
class Described {
 public:
  explicit Described(const io::Metadata& metadata, fs::path path)
      : metadata_(metadata), path_(std::move(path)) {}

  [[nodiscard]] std::optional<std::string> text(const std::string& name) const {
    const auto found = metadata_.find(name);
    if (found == metadata_.end()) return std::nullopt;
    return found->second;
  }

  template <class Number>
  [[nodiscard]] std::optional<Number> number(const std::string& name) const {
    const std::optional<std::string> value = text(name);
    if (!value) return std::nullopt;
    Number parsed{};
    const char* end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, parsed);
    if (error == std::errc{} && stop == end) return parsed;
    throw core::DataError(
        path_, core::format("its metadata has {} = '{}', which is no number", name, *value));
  }

  [[nodiscard]] ops::Normalisation normalisation() const {
    ops::Normalisation result = train::imagenet_normalisation();
    const std::optional<std::string> mean = text("mean");
    const std::optional<std::string> deviation = text("std");
    if (mean) result.mean = parse_channels(*mean, path_);
    if (deviation) result.deviation = parse_channels(*deviation, path_);
    return result;
  }

 private:
  const io::Metadata& metadata_;
  fs::path path_;
};

fs::path resolve_path(const std::string& weights) {
  const fs::path given = weights;
  std::error_code ignored;
  // A run that was stopped before its first validation has no best weights.
  for (const char* name : {"best.safetensors", "last.safetensors"}) {
    const fs::path weights_of_run = given / "weights" / name;
    if (fs::exists(weights_of_run, ignored)) return weights_of_run;
  }
  return given;
}

// Classes of the classifier, the only two-dimensional weight of these networks.
int64_t classes_of(const io::NamedTensors& tensors, const fs::path& path) {
  for (const auto& [name, tensor] : tensors) {
    if (tensor.dim() == 2) return tensor.size(0);
  }
  throw core::UsageError(
      core::format("--num_classes is needed: {} has no dense layer to tell it", path.string()));
}

std::string model_name(const ValidateOptions& options, const Described& described,
                       const fs::path& path) {
  if (!options.model.empty()) return models::canonical_model_name(options.model);
  const std::optional<std::string> name = described.text("model");
  if (name) return models::canonical_model_name(*name);
  throw core::UsageError(
      core::format("--model is needed: {} does not say whose weights it holds", path.string()));
}

template <class Value>
Value first_of(std::optional<Value> option, std::optional<Value> described, Value otherwise) {
  return option ? *option : described.value_or(otherwise);
}

std::optional<std::string> given(const std::string& option) {
  return option.empty() ? std::nullopt : std::optional(option);
}

}  // namespace

ValidateTarget load_validate_target(const ValidateOptions& options) {
  constexpr int64_t kDefaultLabelOffset = 1;
  constexpr double kDefaultCrop = 0.875;
  ValidateTarget target;
  target.weights = resolve_path(options.weights);
  const io::SafetensorsFile file = io::read_weights(target.weights);
  const Described described(file.metadata, target.weights);
  target.name = model_name(options, described, target.weights);
  target.num_classes =
      options.num_classes ? *options.num_classes : classes_of(file.tensors, target.weights);
  const models::ModelChoice choice{
      .name = target.name,
      .num_classes = target.num_classes,
      .original = first_of(given(options.compat), described.text("compat"), {}) == "aws",
      .leaky_slope = first_of(options.leaky_slope, described.number<double>("leaky_slope"),
                              models::ModelChoice{}.leaky_slope)};
  target.label_offset = first_of(options.label_offset, described.number<int64_t>("label_offset"),
                                 kDefaultLabelOffset);
  target.image_size =
      first_of(options.eval_image_size, described.number<int64_t>("eval_image_size"),
               models::default_image_size(target.name, choice.original));
  models::check_image_size(target.name, target.image_size, "eval_image_size");
  target.crop_pct =
      first_of(options.eval_crop_pct, described.number<double>("eval_crop_pct"), kDefaultCrop);
  target.normalisation = described.normalisation();
  constexpr uint64_t kSeed = 0;  // every value is replaced
  target.model = models::make_model(choice, kSeed);
  io::apply_tensors(file.tensors, train::model_tensors(*target.model), target.weights);
  return target;
}

}  // namespace train_backbone::commands
