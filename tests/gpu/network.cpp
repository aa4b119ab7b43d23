#include "tests/gpu/network.h"

#include <ATen/ops/cat.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/hashed_values.h"
#include "train_backbone/models/fused_kernels.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/models/weight_copies.h"
#include "train_backbone/train/normalisation.h"

namespace train_backbone::test {
namespace {

constexpr int64_t kClasses = 10;
constexpr int kSide = 32;

std::shared_ptr<models::Backbone> make_network(c10::Device device, bool fused_kernels) {
  auto model = models::make_model({.name = "resnet18v1_b", .num_classes = kClasses}, /*seed=*/3);
  models::use_fused_kernels(*model, fused_kernels);
  model->to(device);
  return model;
}

optim::ParameterGroups groups_of(const models::Backbone& model) {
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& item : model.named_parameters()) {
    parameters.emplace_back(item.key(), item.value());
  }
  return optim::group_parameters(parameters,
                                 {.weight_decay = [](std::string_view /*name*/) { return 2e-4; }});
}

}  // namespace

Network::Network(c10::Device device, at::ScalarType type, bool fused_kernels)
    : model(make_network(device, fused_kernels)),
      groups(groups_of(*model)),
      arena(groups.parameters),
      optimizer(arena, 0.9, groups.settings) {
  if (type == at::kFloat) return;
  arena.keep_copy(type);
  models::compute_with_copies(*model, type, arena.views_of(arena.copy()));
}

at::Tensor Network::state() const {
  std::vector<at::Tensor> parts{arena.weights().cpu(), optimizer.momentum_buffer().cpu()};
  for (const at::Tensor& buffer : model->buffers()) {
    parts.push_back(buffer.cpu().to(at::kFloat).flatten());
  }
  return at::cat(parts);
}

train::TrainStepSettings step_settings(at::ScalarType type) {
  train::TrainStepSettings settings{.normalisation = train::imagenet_normalisation(),
                                    .mixup = {.alpha = 0.4, .seed = 2},
                                    .label_smoothing = 0.1,
                                    .compute_type = type};
  if (type == at::kHalf) settings.loss_scaling = optim::LossScaling{};
  return settings;
}

data::Batch noise_batch(int64_t size, int64_t number) {
  data::Batch batch;
  batch.size = size;
  batch.height = batch.width = kSide;
  for (const double value :
       hashed_values("batch " + std::to_string(number), size * kSide * kSide * 3)) {
    batch.images.push_back(static_cast<uint8_t>(127.5 + 127.5 * value));
  }
  for (int64_t i = 0; i < size; ++i) {
    batch.labels.push_back((i + number) % kClasses);
    batch.records.push_back(static_cast<uint64_t>(number * size + i));
    batch.epochs.push_back(0);
  }
  return batch;
}

}  // namespace train_backbone::test
