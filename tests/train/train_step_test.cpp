#include "train_backbone/train/train_step.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/train/fake_batches.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::train {
namespace {

// logits = scale x (mean of the picture, minus it); pixels and weights are seen through them.
class MeanModel : public models::Classifier {
 public:
  MeanModel() : scale_(register_parameter("scale", at::zeros({2, 1}))) {
    const at::NoGradGuard no_gradients;
    scale_.fill_(0.5F);
  }
  at::Tensor forward(const at::Tensor& images) override {
    EXPECT_TRUE(is_training());
    EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
    seen = images.mean({1, 2, 3});
    return at::stack({seen, -seen}, 1) * scale_.flatten();
  }
  at::Tensor seen;

 private:
  at::Tensor scale_;
};

class TrainStepTest : public ::testing::Test {
 protected:
  TrainStepTest()
      : arena_({{"scale", model_.parameters()[0]}}),
        optimizer_(arena_, 0.9, {{.weight_decay = 0}}) {
    FakeBatches source(9, 2, 3, 0, 3);
    batch_ = *source.next();
  }
  MeanModel model_;
  ops::FlatArena arena_;
  optim::Sgd optimizer_;
  data::Batch batch_;
};

// Of three passes and of one: the same samples, mixed alike, and the same update but for rounding.
TEST_F(TrainStepTest, PassesAddUpToTheWholeStep) {
  FakeBatches source(12, 2, 6, 0, 6);
  const data::Batch batch = *source.next();
  const MixupSettings mixup{.alpha = 0.4, .seed = 2};
  std::vector<Meters> meters;
  std::vector<at::Tensor> weights;
  for (const int64_t passes : {1, 3}) {
    arena_.weights().fill_(0.5F);
    optimizer_.momentum_buffer().zero_();
    TrainStep step(model_, arena_, optimizer_,
                   {.normalisation = {}, .mixup = mixup, .accumulate_steps = passes});
    meters.push_back(step.run(batch, 0.5));
    EXPECT_EQ(model_.seen.size(0), 6 / passes);
    weights.push_back(arena_.weights().clone());
  }
  EXPECT_NEAR(meters[1].loss_sum, meters[0].loss_sum, 1e-6 * meters[0].loss_sum);
  EXPECT_EQ(meters[1].count, 6);
  EXPECT_EQ(meters[1].top1, meters[0].top1);
  EXPECT_FALSE(at::equal(weights[0][0], at::full({}, 0.5F)));
  EXPECT_TRUE(at::allclose(weights[1], weights[0], 1e-6));
}

TEST_F(TrainStepTest, MixesPicturesAndLabelsAlike) {
  TrainStep plain(model_, arena_, optimizer_, {});
  plain.run(batch_, 0);
  const at::Tensor pure = model_.seen.detach().clone();
  const MixupSettings mixup{.alpha = 0.4, .seed = 2};
  TrainStep mixed(model_, arena_, optimizer_, {.normalisation = {}, .mixup = mixup});
  const Meters meters = mixed.run(batch_, 0);
  const auto plan = plan_mixup(mixup, batch_.epochs, batch_.records);
  double loss = 0;
  for (size_t i = 0; i < plan.size(); ++i) {
    const auto partner = static_cast<size_t>(plan[i].partner);
    const double own_share = plan[i].weight;
    const double mean = own_share * pure[static_cast<int64_t>(i)].item<double>() +
                        (1 - own_share) * pure[static_cast<int64_t>(partner)].item<double>();
    EXPECT_NEAR(model_.seen[static_cast<int64_t>(i)].item<double>(), mean, 1e-3);
    const auto entropy = [&](int64_t label) {  // logits are +-0.5 mean
      return std::log1p(std::exp(label == 0 ? -mean : mean));
    };
    loss +=
        own_share * entropy(batch_.labels[i]) + (1 - own_share) * entropy(batch_.labels[partner]);
  }
  EXPECT_NEAR(meters.loss_sum, loss, 1e-2);
  EXPECT_EQ(plan[2].partner, 2);  // the lone third sample
}

TEST_F(TrainStepTest, GradientsOfAnEarlierStepDoNotLinger) {
  TrainStep step(model_, arena_, optimizer_, {});
  step.run(batch_, 0);
  const at::Tensor once = arena_.gradients().clone();
  step.run(batch_, 0);
  EXPECT_TRUE(at::equal(arena_.gradients(), once));
  EXPECT_GT(once.abs().sum().item<float>(), 0);
}

// A power of two costs no bit.
TEST_F(TrainStepTest, AScaledLossMakesTheSameUpdate) {
  TrainStep plain(model_, arena_, optimizer_, {});
  plain.run(batch_, 0.1);
  const at::Tensor wanted = arena_.weights().clone();
  arena_.weights().fill_(0.5F);
  optimizer_.momentum_buffer().zero_();
  TrainStep scaled(model_, arena_, optimizer_, {.loss_scaling = optim::LossScaling{}});
  scaled.run(batch_, 0.1);
  EXPECT_TRUE(at::equal(arena_.weights()[0], wanted[0]));
  EXPECT_EQ(scaled.loss_scale()->scale, 65536);
  EXPECT_EQ(scaled.loss_scale()->good_steps, 1);
  EXPECT_FALSE(plain.loss_scale());
}

TEST_F(TrainStepTest, AnOverflowIsSkippedAndWithoutEndADivergence) {
  const at::Tensor momentum = optimizer_.momentum_buffer().clone();
  TrainStep step(model_, arena_, optimizer_,
                 {.loss_scaling = optim::LossScaling{.start = 3e38, .growth_interval = 1}});
  batch_.images.assign(batch_.images.size(), 255);
  const at::Tensor before = arena_.weights().clone();
  EXPECT_TRUE(std::isfinite(step.run(batch_, 0.1).loss_sum));
  EXPECT_TRUE(at::equal(arena_.weights(), before));
  EXPECT_TRUE(at::equal(optimizer_.momentum_buffer(), momentum));
  EXPECT_FLOAT_EQ(static_cast<float>(step.loss_scale()->scale), 1.5e38F);
  int64_t steps = 1;
  while (at::equal(arena_.weights(), before) && steps < 20) {
    step.run(batch_, 0.1);
    ++steps;
  }
  EXPECT_LT(steps, 20);  // the scale has come down to where gradients are finite

  TrainStep hopeless(model_, arena_, optimizer_,
                     {.loss_scaling = optim::LossScaling{.dynamic = false, .start = 3e38}});
  EXPECT_THAT(
      [&] {
        for (int i = 0; i < 60; ++i) hopeless.run(batch_, 0.1);
      },
      testing::ThrowsMessage<core::DivergedError>(testing::HasSubstr("51 steps in a row")));
}

// Rounded once, also where a step makes them itself, blindly.
TEST_F(TrainStepTest, PicturesComeInTheTypeOfTheComputation) {
  arena_.keep_copy(at::kBFloat16);
  std::vector<at::Tensor> seen;
  for (const bool blind : {false, true}) {
    arena_.weights().fill_(0.5F);
    TrainStep step(model_, arena_, optimizer_,
                   {.normalisation = {.mean = {123.7F, 116.3F, 103.5F}, .deviation = {58, 57, 3}},
                    .mixup = {.alpha = 0.4, .seed = 2},
                    .compute_type = at::kBFloat16,
                    .blind = blind});
    step.run(batch_, 0.1);
    EXPECT_EQ(model_.seen.scalar_type(), at::kBFloat16);
    EXPECT_FALSE(at::equal(arena_.weights()[0], at::full({}, 0.5F)));
    EXPECT_TRUE(at::equal(arena_.copy(), arena_.weights().to(at::kBFloat16)));
    seen.push_back(model_.seen.detach().clone());
  }
  EXPECT_TRUE(at::equal(seen[1], seen[0]));
}

// As on a GPU: the same numbers and weights, though nobody looks before the end.
TEST_F(TrainStepTest, ABlindStepIsTheSame) {
  FakeBatches source(12, 2, 6, 0, 6);
  const data::Batch batch = *source.next();
  std::vector<Meters> meters;
  std::vector<at::Tensor> weights;
  for (const bool blind : {false, true}) {
    arena_.weights().fill_(0.5F);
    optimizer_.momentum_buffer().zero_();
    TrainStep step(model_, arena_, optimizer_,
                   {.normalisation = {},
                    .mixup = {.alpha = 0.4, .seed = 2},
                    .label_smoothing = 0.1,
                    .accumulate_steps = 3,
                    .blind = blind});
    const PendingMeters pending = step.start(batch, 0.5);
    EXPECT_EQ(pending.was_done(), !blind);
    meters.push_back(pending.get());
    weights.push_back(arena_.weights().clone());
  }
  EXPECT_EQ(meters[1], meters[0]);
  EXPECT_EQ(meters[1].count, 6);
  EXPECT_TRUE(at::equal(weights[1], weights[0]));
}

TEST_F(TrainStepTest, ANaNLossUpdatesNothing) {
  const at::Tensor momentum = optimizer_.momentum_buffer().clone();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  TrainStep step(model_, arena_, optimizer_,
                 {.normalisation = {.mean = {kNaN, 0, 0}}, .mixup = {}});
  const at::Tensor before = arena_.weights().clone();
  const Meters meters = step.run(batch_, 0.1);
  EXPECT_TRUE(std::isnan(meters.loss_sum));
  EXPECT_EQ(meters.top1, 0);
  EXPECT_TRUE(at::equal(arena_.weights(), before));
  EXPECT_TRUE(at::equal(optimizer_.momentum_buffer(), momentum));
}

}  // namespace
}  // namespace train_backbone::train
