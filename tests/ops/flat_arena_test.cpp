#include "train_backbone/ops/flat_arena.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace train_backbone::ops {
namespace {

struct TinyNetwork {
  at::Tensor scale = at::ones({4}).requires_grad_();
  at::Tensor convolution = at::randn({4, 3, 3, 3}).requires_grad_();
  at::Tensor dense = at::randn({5, 4}).requires_grad_();

  // Convolution and dense weights are of group 0.
  std::vector<ArenaParameter> parameters() const {
    return {{"scale", scale, 1}, {"convolution", convolution, 0}, {"dense", dense, 0}};
  }
  at::Tensor loss(const at::Tensor& images) const {
    const at::Tensor features = at::conv2d(images, convolution) * scale.view({1, 4, 1, 1});
    return at::linear(features.mean({2, 3}), dense).square().sum();
  }
};

TEST(FlatArena, KeepsValuesAndShape) {
  const TinyNetwork network;
  const at::Tensor before = network.convolution.detach().clone();
  const FlatArena arena(network.parameters());
  EXPECT_TRUE(at::equal(network.convolution, before));
  EXPECT_EQ(network.dense.sizes(), at::IntArrayRef({5, 4}));
  EXPECT_TRUE(network.convolution.is_leaf() && network.convolution.requires_grad());
}

TEST(FlatArena, ConvolutionsAreChannelsLastAndTheRestContiguous) {
  const TinyNetwork network;
  const FlatArena arena(network.parameters());
  EXPECT_EQ(network.convolution.strides(), at::IntArrayRef({27, 1, 9, 3}));
  EXPECT_EQ(network.convolution.grad().strides(), network.convolution.strides());
  EXPECT_TRUE(network.dense.is_contiguous());
}

TEST(FlatArena, StridesAreThoseOfTorchAlsoFor1x1) {
  // contiguous() would leave the strides of a 1x1 tensor as they are.
  const auto wanted =
      at::empty({8, 6, 1, 1}, at::TensorOptions(), at::MemoryFormat::ChannelsLast).strides().vec();
  const at::Tensor parameter = at::randn({8, 6, 1, 1}).requires_grad_();
  const FlatArena arena({{"w", parameter}});
  EXPECT_EQ(parameter.strides().vec(), wanted);
}

TEST(FlatArena, WritingTheFlatTensorChangesTheParameters) {
  const TinyNetwork network;
  FlatArena arena(network.parameters());
  arena.weights().fill_(7);
  EXPECT_TRUE(at::equal(network.scale, at::full({4}, 7.0)));
  arena.gradients().fill_(3);
  EXPECT_TRUE(at::equal(network.dense.grad(), at::full({5, 4}, 3.0)));
  arena.zero_gradients();
  EXPECT_EQ(network.convolution.grad().count_nonzero().item<int64_t>(), 0);
}

TEST(FlatArena, BackwardAccumulatesIntoTheFlatGradients) {
  const TinyNetwork reference;
  TinyNetwork network;
  network.scale = reference.scale.detach().clone().requires_grad_();
  network.convolution = reference.convolution.detach().clone().requires_grad_();
  network.dense = reference.dense.detach().clone().requires_grad_();
  FlatArena arena(network.parameters());
  const at::Tensor images = at::randn({2, 3, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  reference.loss(images).backward();
  for (int turn = 1; turn <= 2; ++turn) {
    network.loss(images).backward();
    const auto views = arena.views_of(arena.gradients());
    ASSERT_EQ(views[0].first, "convolution");
    EXPECT_EQ(views[0].second.data_ptr(), network.convolution.grad().data_ptr());
    EXPECT_TRUE(at::allclose(views[0].second, turn * reference.convolution.grad(), 1e-4, 1e-4));
    EXPECT_TRUE(at::allclose(views[2].second, turn * reference.scale.grad(), 1e-4, 1e-4));
  }
}

TEST(FlatArena, SegmentsAreTheGroupsAndCoverAll) {
  const TinyNetwork network;
  const FlatArena arena(network.parameters());
  const auto& segments = arena.segments();
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].group, 0U);
  EXPECT_EQ(segments[1].group, 1U);
  EXPECT_EQ(segments[0].begin, 0);
  EXPECT_EQ(segments[0].end, segments[1].begin);
  EXPECT_EQ(segments[1].end, arena.weights().numel());
  const auto views = arena.views_of(arena.weights());
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[1].first, "dense");
  EXPECT_LT(views[1].second.storage_offset(), segments[0].end);
  EXPECT_GE(views[2].second.storage_offset(), segments[1].begin);
}

TEST(FlatArena, GapsBetweenParametersAreZero) {
  const TinyNetwork network;  // 5 x 4 and 4 elements leave gaps
  const FlatArena arena(network.parameters());
  double sum_of_views = 0;
  for (const auto& [name, view] : arena.views_of(arena.weights())) {
    sum_of_views += view.abs().sum().item<double>();
  }
  EXPECT_GT(arena.weights().numel(), 108 + 20 + 4);
  EXPECT_NEAR(arena.weights().abs().sum().item<double>(), sum_of_views, 1e-3);
}

TEST(FlatArena, SlotsTellWhereEachParameterLives) {
  const TinyNetwork network;
  const FlatArena arena(network.parameters());
  const std::vector<ArenaSlot>& slots = arena.slots();
  ASSERT_EQ(slots.size(), 3U);
  EXPECT_EQ(slots[0].name, "convolution");
  EXPECT_EQ(slots[0].order, 1U);
  EXPECT_EQ(slots[1].order, 2U);
  EXPECT_EQ(slots[2].order, 0U);
  for (const ArenaSlot& slot : slots) {
    EXPECT_EQ(slot.elements, slot.tensor.numel());
    EXPECT_EQ(slot.tensor.data_ptr<float>(), arena.weights().data_ptr<float>() + slot.offset);
  }
  EXPECT_TRUE(slots[1].tensor.is_same(network.dense));
}

TEST(FlatArena, HoldsDoublesToo) {
  const at::Tensor parameter = at::randn({5, 4}, at::kDouble).requires_grad_();
  const at::Tensor before = parameter.detach().clone();
  const FlatArena arena({{"w", parameter}});
  EXPECT_EQ(arena.weights().scalar_type(), at::kDouble);
  EXPECT_TRUE(at::equal(parameter, before));
  parameter.square().sum().backward();
  EXPECT_TRUE(at::equal(arena.gradients().slice(0, 0, 20), 2 * before.flatten()));
}

TEST(FlatArena, RefusesWhatItCannotHold) {
  EXPECT_THROW(FlatArena({{"float", at::ones({2}).requires_grad_()},
                          {"double", at::ones({2}, at::kDouble).requires_grad_()}}),
               std::invalid_argument);
  EXPECT_THROW(FlatArena({{"half", at::ones({2}, at::kHalf).requires_grad_()}}),
               std::invalid_argument);
  EXPECT_THROW(FlatArena({{"frozen", at::ones({2})}}), std::invalid_argument);
  const TinyNetwork network;
  const FlatArena arena(network.parameters());
  EXPECT_THROW(arena.views_of(at::zeros({3})), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::ops
