// Every model learns sixteen real pictures by heart: forward, backward, update and the mode of
// batch normalisation, all as `train` uses them.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "tests/support/fashion_mnist.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/optim/parameter_groups.h"
#include "train_backbone/train/normalisation.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::train {
namespace {

constexpr int kPictures = 16;
constexpr int kSide = 32;
constexpr int64_t kClasses = 10;
constexpr double kLoss = 0.05;
constexpr int kMostSteps = 200;
constexpr double kRate = 0.02;
constexpr double kMomentum = 0.9;

data::Batch real_pictures() {
  test::FashionPictures pictures = test::fashion_pictures("train", kPictures, kSide);
  data::Batch batch;
  batch.size = kPictures;
  batch.height = batch.width = kSide;
  batch.images = std::move(pictures.pixels);
  batch.labels = std::move(pictures.labels);
  batch.epochs.assign(kPictures, 0);
  for (uint64_t record = 0; record < kPictures; ++record) batch.records.push_back(record);
  return batch;
}

class Overfit : public testing::TestWithParam<std::string> {};

TEST_P(Overfit, ReachesALossBelowATwentieth) {
  at::set_num_threads(1);  // ctest runs several of these at a time
  const auto begin = std::chrono::steady_clock::now();
  const auto model = models::make_model({.name = GetParam(), .num_classes = kClasses}, 0);
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (const auto& item : model->named_parameters()) {
    parameters.emplace_back(item.key(), item.value());
  }
  const auto groups =
      optim::group_parameters(parameters, {.weight_decay = [](std::string_view) { return 0.0; }});
  ops::FlatArena arena(groups.parameters);
  optim::Sgd optimizer(arena, kMomentum, groups.settings);
  TrainStep step(*model, arena, optimizer,
                 {.normalisation = imagenet_normalisation(), .mixup = {}, .label_smoothing = 0});
  const data::Batch batch = real_pictures();
  double loss = 0;
  int steps = 0;
  do {
    loss = step.run(batch, kRate).mean_loss();
    ++steps;
  } while (loss >= kLoss && steps < kMostSteps);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  std::cout << GetParam() << ": loss " << loss << " after " << steps << " steps, " << time.count()
            << " s\n";
  EXPECT_LT(loss, kLoss);
}

INSTANTIATE_TEST_SUITE_P(Models, Overfit, testing::ValuesIn(models::model_names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace train_backbone::train
