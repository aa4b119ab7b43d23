// Pixels on their way to a GPU against the CPU's path.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/gpu/gpu.h"
#include "tests/support/hashed_values.h"
#include "train_backbone/ops/input_stage.h"

namespace train_backbone::ops {
namespace {

using test::gpu;

constexpr Normalisation kNormalisation{.mean = {123.68F, 116.78F, 103.94F},
                                       .deviation = {58.393F, 57.12F, 57.375F}};

std::vector<uint8_t> pixels_of(const std::string& name, const ImageShape& shape) {
  std::vector<uint8_t> pixels;
  for (const double value :
       test::hashed_values(name, shape.count * shape.height * shape.width * 3)) {
    pixels.push_back(static_cast<uint8_t>(127.5 + 127.5 * value));
  }
  return pixels;
}

at::Tensor by_cpu(const std::vector<uint8_t>& pixels, const ImageShape& shape,
                  const std::vector<MixPartner>& mix) {
  at::Tensor images = empty_images(shape.count, shape.height, shape.width);
  normalise_and_mix(pixels, kNormalisation, mix, images);
  return images;
}

// Partners in turn, each kind of share, and a sample that stays as it is.
std::vector<MixPartner> mix_of(int64_t count) {
  std::vector<MixPartner> mix;
  for (int64_t i = 0; i < count; ++i) {
    mix.push_back({.partner = (i * 5 + 1) % count, .weight = static_cast<float>(i % 5) * 0.25F});
  }
  mix.back() = {.partner = count - 1, .weight = 0.5F};
  return mix;
}

// Numbers of pixels that are whole words and such that are not, in one tile and in several.
TEST(GpuInput, IsNormalisedAndMixedAsOnTheCpu) {
  InputStage stage(gpu());
  for (const ImageShape& shape :
       {ImageShape{1, 1, 1}, ImageShape{7, 5, 7}, ImageShape{6, 32, 32}, ImageShape{3, 37, 41},
        ImageShape{5, 48, 64}, ImageShape{2, 224, 224}}) {
    const std::vector<uint8_t> pixels = pixels_of("pixels", shape);
    for (const auto& mix : {std::vector<MixPartner>{}, mix_of(shape.count)}) {
      SCOPED_TRACE(testing::Message() << shape.count << " x " << shape.height << " x "
                                      << shape.width << ", mixed " << !mix.empty());
      const at::Tensor images = stage.images(pixels, shape, kNormalisation, mix);
      EXPECT_EQ(images.device(), gpu());
      EXPECT_EQ(images.scalar_type(), at::kFloat);
      EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
      const at::Tensor wanted = by_cpu(pixels, shape, mix);
      EXPECT_EQ(images.sizes(), wanted.sizes());
      EXPECT_TRUE(at::allclose(images.cpu(), wanted, 1e-6, 2e-6));
    }
  }
}

// Rounded on the way to memory, not behind it.
TEST(GpuInput, ComesInTheTypeOfTheComputation) {
  InputStage stage(gpu());
  for (const ImageShape& shape : {ImageShape{7, 5, 7}, ImageShape{6, 32, 32}}) {
    const std::vector<uint8_t> pixels = pixels_of("pixels", shape);
    const std::vector<MixPartner> mix = mix_of(shape.count);
    const at::Tensor wanted = by_cpu(pixels, shape, mix);
    for (const at::ScalarType type : {at::kHalf, at::kBFloat16}) {
      SCOPED_TRACE(testing::Message() << type << ", " << shape.height << " x " << shape.width);
      const at::Tensor images = stage.images(pixels, shape, kNormalisation, mix, type);
      EXPECT_EQ(images.scalar_type(), type);
      EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
      const double one_digit = type == at::kHalf ? 0x1p-10 : 0x1p-7;
      EXPECT_TRUE(at::allclose(images.cpu().to(at::kFloat), wanted, one_digit, 1e-5));
      EXPECT_FALSE(at::equal(images.cpu().to(at::kFloat), wanted));
    }
  }
}

// The host hands over batch after batch and uses the memory again at once.
TEST(GpuInput, BatchesDoNotRunIntoEachOther) {
  constexpr int kBatches = 12;
  const ImageShape shape{.count = 8, .height = 96, .width = 96};
  InputStage stage(gpu());
  std::vector<uint8_t> memory(static_cast<size_t>(8 * 96 * 96 * 3));
  std::vector<at::Tensor> batches;
  for (int i = 0; i < kBatches; ++i) {
    const std::vector<uint8_t> pixels = pixels_of(std::to_string(i), shape);
    std::copy(pixels.begin(), pixels.end(), memory.begin());
    batches.push_back(stage.images(memory, shape, kNormalisation, {}).clone());
    std::fill(memory.begin(), memory.end(), uint8_t{0});
  }
  for (int i = 0; i < kBatches; ++i) {
    const at::Tensor wanted = by_cpu(pixels_of(std::to_string(i), shape), shape, {});
    EXPECT_TRUE(at::allclose(batches[static_cast<size_t>(i)].cpu(), wanted, 1e-6, 2e-6)) << i;
  }
}

// Nothing runs before a copy that could hide it. What a wait took is known when the next one
// begins.
TEST(GpuInput, ToldIsWhatTheGpuWaitsForCopies) {
  const ImageShape shape{.count = 64, .height = 224, .width = 224};
  const std::vector<uint8_t> pixels = pixels_of("pixels", shape);
  InputStage stage(gpu());
  const at::Tensor arrived = stage.images(pixels, shape, kNormalisation, {}).cpu();
  EXPECT_EQ(stage.seconds_waited(), 0);
  stage.images(pixels, shape, kNormalisation, {});
  EXPECT_GT(stage.seconds_waited(), 0);
  EXPECT_LT(stage.seconds_waited(), 1);  // 10 MB
}

TEST(GpuInput, SmallTensorsArePlacedWhole) {
  const InputStage stage(gpu());
  const at::Tensor labels = at::arange(1000);
  const at::Tensor placed = stage.place(labels);
  EXPECT_EQ(placed.device(), gpu());
  EXPECT_TRUE(at::equal(placed.cpu(), labels));
  EXPECT_FALSE(stage.place(at::Tensor()).defined());
}

}  // namespace
}  // namespace train_backbone::ops
