#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/hashed_values.h"
#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/input_transform.h"
#include "train_backbone/ops/sgd.h"

namespace train_backbone::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

at::Tensor hashed_tensor(const std::string& name, int64_t count) {
  return at::tensor(test::hashed_values(name, count)).to(at::kFloat);
}

// Puts the number of compute threads back at the end of a test.
class ThreadsRestored : public testing::Test {
 protected:
  ~ThreadsRestored() override { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

using SgdKernel = ThreadsRestored;
using InputTransform = ThreadsRestored;
using SetUpDevice = ThreadsRestored;

TEST_F(SgdKernel, ComputesTheDocumentedFormula) {
  const at::Tensor weights = at::tensor({2.0F, -1.0F});
  const at::Tensor momentum = at::tensor({1.0F, 0.0F});
  nesterov_sgd(weights, at::tensor({0.5F, 4.0F}), momentum,
               {.learning_rate = 0.5, .momentum = 0.5, .weight_decay = 0.25});
  // g' = {1, 3.75}; m = {1.5, 3.75}; w -= 0.5 * {1.75, 5.625}: exact in binary.
  EXPECT_TRUE(at::equal(momentum, at::tensor({1.5F, 3.75F})));
  EXPECT_TRUE(at::equal(weights, at::tensor({1.125F, -3.8125F})));
}

TEST_F(SgdKernel, IsBitwiseTheSameForAnyNumberOfThreads) {
  constexpr int64_t kCount = 300'007;  // several blocks and an odd rest
  const at::Tensor gradients = hashed_tensor("g", kCount);
  std::vector<at::Tensor> results;
  for (const int threads : {1, 2, 5}) {
    at::set_num_threads(threads);
    const at::Tensor weights = hashed_tensor("w", kCount);
    const at::Tensor momentum = hashed_tensor("m", kCount);
    const SgdCoefficients rates{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 2e-4};
    nesterov_sgd(weights, gradients, momentum, rates);
    nesterov_sgd(weights, gradients, momentum, rates);
    results.push_back(at::cat({weights, momentum}));
  }
  EXPECT_TRUE(at::equal(results[0], results[1]));
  EXPECT_TRUE(at::equal(results[0], results[2]));
  EXPECT_FALSE(at::equal(results[0], hashed_tensor("w", 2 * kCount)));
  EXPECT_TRUE(at::equal(gradients, hashed_tensor("g", kCount)));
}

TEST_F(SgdKernel, RefusesTensorsOfAnotherKind) {
  const at::Tensor good = at::zeros({8});
  EXPECT_THROW(nesterov_sgd(good, at::zeros({7}), good, {}), std::invalid_argument);
  EXPECT_THROW(nesterov_sgd(good, at::zeros({8}, at::kDouble), good, {}), std::invalid_argument);
  EXPECT_THROW(nesterov_sgd(at::zeros({16}).slice(0, 0, 16, 2), good, good, {}),
               std::invalid_argument);
}

constexpr Normalisation kImageNet{.mean = {123.68F, 116.78F, 103.94F},
                                  .deviation = {58.393F, 57.12F, 57.375F}};

std::vector<uint8_t> hashed_pixels(int64_t count) {
  std::vector<uint8_t> pixels;
  for (const double value : test::hashed_values("pixels", count)) {
    pixels.push_back(static_cast<uint8_t>(127.5 + 127.5 * value));
  }
  return pixels;
}

// The contract written with whole-tensor operations, in double.
at::Tensor formula(const std::vector<uint8_t>& pixels, at::IntArrayRef nhwc,
                   const std::vector<MixPartner>& mix) {
  const auto channel = [](const std::array<float, 3>& values) {
    return at::tensor(at::ArrayRef<float>(values.data(), 3)).to(at::kDouble);
  };
  at::Tensor x = at::tensor(at::ArrayRef<uint8_t>(pixels.data(), pixels.size()));
  x = (x.to(at::kDouble).reshape(nhwc) - channel(kImageNet.mean)) / channel(kImageNet.deviation);
  x = x.permute({0, 3, 1, 2});
  at::Tensor result = x.clone();
  for (size_t i = 0; i < mix.size(); ++i) {
    const auto sample = static_cast<int64_t>(i);
    const auto weight = static_cast<double>(mix[i].weight);
    result[sample] = weight * x[sample] + (1 - weight) * x[mix[i].partner];
  }
  return result;
}

TEST_F(InputTransform, NormalisesAndMixesAsTheFormulaSays) {
  constexpr int64_t kHeight = 7;
  constexpr int64_t kWidth = 9;  // 189 bytes: three whole runs and a rest
  const std::vector<uint8_t> pixels = hashed_pixels(5 * kHeight * kWidth * 3);
  const std::vector<MixPartner> mix{{1, 0.25F}, {0, 0.75F}, {2, 0.5F}, {4, 1.0F}, {0, 0.0F}};
  for (const auto& partners : {std::vector<MixPartner>{}, mix}) {
    at::Tensor output = empty_images(5, kHeight, kWidth);
    normalise_and_mix(pixels, kImageNet, partners, output);
    const at::Tensor wanted = formula(pixels, {5, kHeight, kWidth, 3}, partners);
    EXPECT_TRUE(at::allclose(output.to(at::kDouble), wanted, 1e-6, 1e-6));
  }
}

TEST_F(InputTransform, IsBitwiseTheSameForAnyNumberOfThreads) {
  const std::vector<uint8_t> pixels = hashed_pixels(int64_t{6} * 16 * 16 * 3);
  const std::vector<MixPartner> mix{{1, 0.3F}, {0, 0.6F}, {3, 0.9F}, {2, 0.1F}, {4}, {5}};
  at::set_num_threads(1);
  at::Tensor one = empty_images(6, 16, 16);
  normalise_and_mix(pixels, kImageNet, mix, one);
  at::set_num_threads(4);
  at::Tensor four = empty_images(6, 16, 16);
  normalise_and_mix(pixels, kImageNet, mix, four);
  EXPECT_TRUE(at::equal(one, four));
}

TEST_F(InputTransform, RefusesWhatDoesNotFit) {
  const std::vector<uint8_t> pixels(2 * 4 * 4 * 3);
  const auto run = [&](const at::Tensor& output, const std::vector<MixPartner>& mix) {
    normalise_and_mix(pixels, kImageNet, mix, output);
  };
  EXPECT_THROW(run(empty_images(3, 4, 4), {}), std::invalid_argument);
  EXPECT_THROW(run(at::empty({2, 3, 4, 4}), {}), std::invalid_argument);
  EXPECT_THROW(run(empty_images(2, 4, 4), {{0, 1}}), std::invalid_argument);
  EXPECT_THROW(run(empty_images(2, 4, 4), {{0, 1}, {2, 0.5F}}), std::invalid_argument);
}

TEST_F(SetUpDevice, UsesTheThreadsItIsGiven) {
  DeviceOptions options;
  options.compute_threads = 3;
  EXPECT_EQ(set_up_device(options).compute_threads, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
  options.compute_threads = 0;
  EXPECT_EQ(set_up_device(options).compute_threads, core::allowed_cores());
  EXPECT_EQ(at::get_num_threads(), core::allowed_cores());
  EXPECT_EQ(at::get_num_interop_threads(), 1U);
}

TEST_F(SetUpDevice, CudaAnd16BitFormatsNeedAnotherBuild) {
  DeviceOptions cuda;
  cuda.device = "CUDA";
  EXPECT_THAT([&] { set_up_device(cuda); },
              ThrowsMessage<core::DeviceError>(
                  HasSubstr("--device cuda: this program was built without CUDA support")));
  DeviceOptions half;
  half.precision = "fp16";
  EXPECT_THAT([&] { set_up_device(half); },
              ThrowsMessage<core::DeviceError>(HasSubstr("--precision fp16")));
}

}  // namespace
}  // namespace train_backbone::ops
