#include "train_backbone/models/weight_copies.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "models/layers.h"
#include "tests/support/hashed_values.h"

namespace train_backbone::models {
namespace {

at::Tensor hashed(const std::string& name, at::IntArrayRef shape) {
  return at::tensor(test::hashed_values(name, c10::multiply_integers(shape)))
      .to(at::kFloat)
      .reshape(shape);
}

// Two convolutions, the second with a bias, strides and kernels of several kinds.
class TwoConvolutions : public Classifier {
 public:
  explicit TwoConvolutions(Padding padding)
      : first_(register_module(
            "first", std::make_shared<Convolution>(ConvolutionShape{
                         .in = 3, .out = 8, .kernel = 3, .stride = 2, .padding = padding}))),
        second_(register_module("second", std::make_shared<Convolution>(
                                              ConvolutionShape{.in = 8, .out = 4, .bias = true}))) {
    const at::NoGradGuard no_grad;
    for (auto& item : named_parameters()) {
      item.value().copy_(hashed(item.key(), item.value().sizes()));
    }
  }
  at::Tensor forward(const at::Tensor& images) override {
    return second_->forward(first_->forward(images)).mean({2, 3});
  }

 private:
  std::shared_ptr<Convolution> first_;
  std::shared_ptr<Convolution> second_;
};

std::vector<std::pair<std::string, at::Tensor>> copies_of(const Classifier& model) {
  std::vector<std::pair<std::string, at::Tensor>> copies;
  for (const auto& item : model.named_parameters()) {
    copies.emplace_back(item.key(), item.value().detach().to(at::kBFloat16));
  }
  return copies;
}

std::vector<at::Tensor> gradients_of(Classifier& model, const at::Tensor& images) {
  for (at::Tensor& parameter : model.parameters()) parameter.mutable_grad() = at::Tensor();
  const at::Tensor output = model.forward(images);
  (output.to(at::kFloat) * hashed("weights of the sum", output.sizes())).sum().backward();
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : model.parameters()) gradients.push_back(parameter.grad());
  return gradients;
}

// What a cast of the weights in the graph, as autocast makes it, computes.
class CastConvolutions : public TwoConvolutions {
 public:
  using TwoConvolutions::TwoConvolutions;
  at::Tensor forward(const at::Tensor& images) override {
    const auto all = named_parameters();
    const auto cast = [&](const std::string& name) { return all[name].to(at::kBFloat16); };
    const at::Tensor first = at::conv2d(images, cast("first.weight"), {}, 2, 1);
    return at::conv2d(first, cast("second.weight"), cast("second.bias")).mean({2, 3});
  }
};

TEST(WeightCopies, OutputsAndGradientsAreThoseOfCastWeights) {
  TwoConvolutions model(Padding::kTorch);
  CastConvolutions reference(Padding::kTorch);
  compute_with_copies(model, at::kBFloat16, copies_of(model));
  const at::Tensor images = hashed("images", {2, 3, 9, 7})
                                .to(at::kBFloat16)
                                .contiguous(at::MemoryFormat::ChannelsLast)
                                .requires_grad_();
  EXPECT_TRUE(at::equal(model.forward(images), reference.forward(images)));
  const auto gradients = gradients_of(model, images);
  const at::Tensor image_gradient = images.grad().clone();
  images.mutable_grad() = at::Tensor();
  const auto wanted = gradients_of(reference, images);
  EXPECT_TRUE(at::equal(image_gradient, images.grad()));
  ASSERT_EQ(gradients.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(gradients[i].scalar_type(), at::kFloat);
    EXPECT_TRUE(at::equal(gradients[i], wanted[i])) << i;
    EXPECT_GT(wanted[i].abs().max().item<float>(), 0) << i;
  }
}

TEST(WeightCopies, TheCopyIsUsedAndOnlyForInputsOfItsType) {
  for (const Padding padding : {Padding::kTorch, Padding::kSame}) {
    TwoConvolutions model(padding);
    const at::Tensor images = hashed("images", {1, 3, 8, 8});
    const at::Tensor plain = model.forward(images);
    auto copies = copies_of(model);
    for (auto& [name, copy] : copies) copy.zero_();
    compute_with_copies(model, at::kBFloat16, copies);
    EXPECT_TRUE(at::equal(model.forward(images), plain));
    const at::Tensor bias = model.named_parameters()["second.bias"].detach();
    const at::Tensor of_zeros = model.forward(images.to(at::kBFloat16));
    EXPECT_TRUE(at::equal(of_zeros, bias.to(at::kBFloat16).expand_as(of_zeros)));
  }
}

TEST(WeightCopies, AFrozenWeightIsCopiedOnce) {
  TwoConvolutions model(Padding::kTorch);
  auto parameters = model.named_parameters();
  parameters["first.weight"].requires_grad_(false);
  auto copies = copies_of(model);
  std::erase_if(copies, [](const auto& copy) { return copy.first == "first.weight"; });
  const at::Tensor images = hashed("images", {1, 3, 8, 8}).to(at::kBFloat16);
  CastConvolutions reference(Padding::kTorch);
  compute_with_copies(model, at::kBFloat16, copies);
  EXPECT_TRUE(at::equal(model.forward(images), reference.forward(images)));
  gradients_of(model, images);
  EXPECT_FALSE(parameters["first.weight"].grad().defined());
}

TEST(WeightCopies, AnotherShapeOrTypeIsRefused) {
  TwoConvolutions model(Padding::kTorch);
  EXPECT_THROW(compute_with_copies(model, at::kHalf, copies_of(model)), std::invalid_argument);
  auto copies = copies_of(model);
  copies[0].second = at::zeros({1}, at::kBFloat16);
  EXPECT_THROW(compute_with_copies(model, at::kBFloat16, copies), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::models
