#include "train_backbone/models/registry.h"

#include "models/init.h"
#include "models/resnet.h"
#include "models/resnet_table.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::models {
namespace {

constexpr int64_t kImageNetSize = 224;

const ResNetSpec& find_spec(std::string_view name) {
  const std::string folded = core::fold_name(name);
  for (const ResNetSpec& spec : kResNets) {
    if (core::fold_name(spec.name) == folded) return spec;
  }
  throw core::UsageError(core::unknown_name_message("model", name, model_names()));
}

std::shared_ptr<ResNet> make_unset_model(std::string_view name, int64_t num_classes) {
  const ResNetSpec& spec = find_spec(name);
  if (num_classes < 1) {
    throw core::UsageError(
        core::format("--num_classes must be at least 1, but is {}", num_classes));
  }
  return std::make_shared<ResNet>(spec, num_classes);
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ResNetSpec& spec : kResNets) names.emplace_back(spec.name);
  return names;
}

std::string canonical_model_name(std::string_view name) {
  return std::string(find_spec(name).name);
}

int64_t default_image_size(std::string_view name) {
  find_spec(name);
  return kImageNetSize;
}

std::shared_ptr<Classifier> make_model(std::string_view name, int64_t num_classes, uint64_t seed) {
  const std::shared_ptr<ResNet> model = make_unset_model(name, num_classes);
  initialise(*model, seed);
  return model;
}

ModelCost model_cost(std::string_view name, int64_t num_classes, int64_t image_size) {
  const std::shared_ptr<ResNet> model = make_unset_model(name, num_classes);
  ModelCost cost;
  for (const at::Tensor& parameter : model->parameters()) cost.parameters += parameter.numel();
  cost.multiply_adds = model->multiply_adds({.height = image_size, .width = image_size});
  return cost;
}

}  // namespace train_backbone::models
