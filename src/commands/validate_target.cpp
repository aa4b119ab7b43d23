#include "commands/validate_target.h"

#include <optional>

#include "commands/weight_description.h"
#include "train_backbone/io/tensor_apply.h"
#include "train_backbone/io/weights.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/train/run_state.h"

namespace train_backbone::commands {
namespace {

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
  target.weights = resolve_weights(options.weights);
  const io::SafetensorsFile file = io::read_weights(target.weights);
  const WeightDescription described(file.metadata, target.weights);
  target.name = described.model(options.model);
  target.num_classes = options.num_classes ? *options.num_classes : described.classes(file.tensors);
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
  target.semantics = data::parse_augment_semantics(first_of<std::string>(
      given(options.augment_semantics), described.text("augment_semantics"), "tf"));
  target.normalisation = described.normalisation();
  constexpr uint64_t kSeed = 0;  // every value is replaced
  target.model = models::make_model(choice, kSeed);
  io::apply_tensors(file.tensors, train::model_tensors(*target.model), target.weights);
  return target;
}

}  // namespace train_backbone::commands
