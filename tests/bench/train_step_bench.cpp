// Median seconds of a training step of ResNet-50, fp32, on synthetic pixels: one number on standard
// output. tests/bench/peers/train_step compares it with Python torch.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "train_backbone/models/registry.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/train/normalisation.h"
#include "train_backbone/train/train_step.h"

namespace {

namespace tb = train_backbone;

constexpr int64_t kClasses = 10;
constexpr int kWarmUp = 2;

tb::data::Batch random_batch(int64_t size, int side) {
  tb::data::Batch batch;
  batch.size = size;
  batch.height = batch.width = side;
  std::mt19937 random(1);
  batch.images.resize(static_cast<size_t>(size) * 3 * static_cast<size_t>(side * side));
  for (uint8_t& pixel : batch.images) pixel = static_cast<uint8_t>(random());
  for (int64_t i = 0; i < size; ++i) {
    batch.labels.push_back(i % kClasses);
    batch.records.push_back(static_cast<uint64_t>(i));
    batch.epochs.push_back(0);
  }
  return batch;
}

int64_t argument(int argc, char** argv, int place, int64_t otherwise) {
  return argc > place ? std::atoll(argv[place]) : otherwise;
}

}  // namespace

// Arguments: batch size (64), image size (32), threads (2), steps (12).
int main(int argc, char** argv) {
  tb::ops::DeviceOptions device;
  device.compute_threads = argument(argc, argv, 3, 2);
  tb::ops::set_up_device(device);
  const auto model = tb::models::make_model({.name = "resnet50v1_b", .num_classes = kClasses}, 0);
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& item : model->named_parameters())
    parameters.emplace_back(item.key(), item.value());
  const auto groups = tb::optim::group_parameters(
      parameters, {.weight_decay = [](std::string_view) { return 2e-4; }});
  tb::ops::FlatArena arena(groups.parameters);
  tb::optim::Sgd optimizer(arena, 0.9, groups.settings);
  tb::train::TrainStep step(
      *model, arena, optimizer,
      {.normalisation = tb::train::imagenet_normalisation(), .mixup = {}, .label_smoothing = 0.1});
  const tb::data::Batch batch =
      random_batch(argument(argc, argv, 1, 64), static_cast<int>(argument(argc, argv, 2, 32)));

  std::vector<double> seconds;
  const int64_t steps = argument(argc, argv, 4, 12) + kWarmUp;
  for (int64_t i = 0; i < steps; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    step.run(batch, 0.01);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    if (i >= kWarmUp) seconds.push_back(time.count());
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("%.6f\n", seconds[seconds.size() / 2]);
  return 0;
}
