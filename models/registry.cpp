#include "train_backbone/models/registry.h"

#include <ATen/core/grad_mode.h>

#include <functional>

#include "models/darknet.h"
#include "models/hrnet.h"
#include "models/init.h"
#include "models/resnet.h"
#include "models/resnet_table.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::models {
namespace {

constexpr int64_t kImageNetSize = 224;
constexpr int64_t kDarkNetSize = 256;

// One model of the tables, whatever its family.
struct Entry {
  std::string_view name;
  int64_t image_size = kImageNetSize;
  int64_t size_multiple = 1;
  InitRule init;
  std::function<std::shared_ptr<Backbone>(const ModelChoice&)> make;  // weights not set
};

std::vector<Entry> all_entries() {
  std::vector<Entry> entries;
  for (const ResNetSpec& spec : kResNets) {
    entries.push_back({.name = spec.name, .init = kResNetInit, .make = [&](const auto& choice) {
                         return std::make_shared<ResNet>(spec, choice.num_classes, choice.original);
                       }});
  }
  for (const HRNetSpec& spec : kHRNets) {
    entries.push_back({.name = spec.name,
                       .size_multiple = HRNet::kSizeMultiple,
                       .init = kHRNetInit,
                       .make = [&](const auto& choice) {
                         const HighResolutionStyle style{
                             .padding = choice.original ? Padding::kSame : Padding::kTorch,
                             .relu_before_upsampling = choice.original};
                         return std::make_shared<HRNet>(spec, choice.num_classes, style);
                       }});
  }
  for (const DarkNetSpec& spec : kDarkNets) {
    entries.push_back({.name = spec.name,
                       .image_size = kDarkNetSize,
                       .init = kResNetInit,
                       .make = [&](const auto& choice) {
                         const DarkNet::Style style{.slope = choice.leaky_slope,
                                                    .original = choice.original};
                         return std::make_shared<DarkNet>(spec, choice.num_classes, style);
                       }});
  }
  return entries;
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = all_entries();
  return all;
}

const Entry& find_entry(std::string_view name) {
  const std::string folded = core::fold_name(name);
  for (const Entry& entry : entries()) {
    if (core::fold_name(entry.name) == folded) return entry;
  }
  throw core::UsageError(core::unknown_name_message("model", name, model_names()));
}

// As convolutions read weights quickest. Not before they are drawn, which goes through memory.
void lay_out_channels_last(Backbone& model) {
  const at::NoGradGuard no_grad;
  for (const at::Tensor& parameter : model.parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

std::shared_ptr<Backbone> make_unset_model(const ModelChoice& choice) {
  const Entry& entry = find_entry(choice.name);
  if (choice.num_classes < 1) {
    throw core::UsageError(
        core::format("--num_classes must be at least 1, but is {}", choice.num_classes));
  }
  return entry.make(choice);
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) names.emplace_back(entry.name);
  return names;
}

std::string canonical_model_name(std::string_view name) {
  return std::string(find_entry(name).name);
}

int64_t default_image_size(std::string_view name, bool original) {
  return original ? kImageNetSize : find_entry(name).image_size;
}

void check_image_size(std::string_view name, int64_t size, std::string_view option) {
  const Entry& entry = find_entry(name);
  if (size % entry.size_multiple == 0) return;
  const int64_t below = size / entry.size_multiple * entry.size_multiple;
  throw core::UsageError(core::format(
      "--{} {}: {} takes pictures whose side is a multiple of {}, for example {}", option, size,
      entry.name, entry.size_multiple, below > 0 ? below : entry.size_multiple));
}

std::shared_ptr<Backbone> make_model(const ModelChoice& choice, uint64_t seed) {
  std::shared_ptr<Backbone> model = make_unset_model(choice);
  initialise(*model, find_entry(choice.name).init, seed);
  lay_out_channels_last(*model);
  return model;
}

ModelCost model_cost(const ModelChoice& choice, int64_t image_size) {
  const std::shared_ptr<Backbone> model = make_unset_model(choice);
  ModelCost cost;
  for (const at::Tensor& parameter : model->parameters()) cost.parameters += parameter.numel();
  const StepWork work =
      model->step_work({.channels = 3, .height = image_size, .width = image_size});
  cost.multiply_adds = work.forward_multiply_adds();
  cost.layers = work.layers();
  return cost;
}

std::vector<FeatureMap> model_feature_maps(const ModelChoice& choice) {
  return make_unset_model(choice)->feature_maps();
}

}  // namespace train_backbone::models
