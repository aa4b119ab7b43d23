// The device code of input_transform on the CPU against the formula in fp64.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <vector>

#include "tests/support/cuda_on_cpu.h"
// After what stands for CUDA:
#include "ops/input_transform_kernels.cuh"
#include "tests/support/device_storage.h"

namespace train_backbone::ops::device {
namespace {

using test::listed;

constexpr std::array<float, 3> kMean{123.68F, 116.78F, 103.94F};
constexpr std::array<float, 3> kDeviation{58.393F, 57.12F, 57.375F};

// Memory that begins at a word.
template <class T>
struct Words {
  explicit Words(size_t size) : values(size + 2 * kWord / sizeof(T)) {}
  T* begin() {
    const auto address = reinterpret_cast<uintptr_t>(values.data());
    return values.data() + (kWord - address % kWord) % kWord / sizeof(T);
  }
  std::vector<T> values;
};

template <class T, int kChannels>
void expect_the_formula(std::mt19937& random) {
  const auto samples = static_cast<int>(1 + random() % 4);
  const bool words = random() % 2 == 0;
  const auto pixels = static_cast<int>(words ? 16 * (1 + random() % 90) : 1 + random() % 1500);
  SCOPED_TRACE(testing::Message() << samples << " samples of " << pixels << " pixels");
  const size_t bytes = size_t{3} * static_cast<size_t>(samples * pixels);
  Words<unsigned char> input(bytes);
  for (size_t i = 0; i < bytes; ++i) input.begin()[i] = static_cast<unsigned char>(random());
  std::vector<long long> partners;
  std::vector<float> weights;
  for (int i = 0; i < samples; ++i) {
    partners.push_back(static_cast<long long>(random() % static_cast<unsigned>(samples)));
    weights.push_back(static_cast<float>(random() % 5) / 4);
  }
  const bool mixed = random() % 4 != 0;
  Words<T> images(static_cast<size_t>(samples * pixels * kChannels));
  InputTransform<T> a = {input.begin(),
                         mixed ? partners.data() : nullptr,
                         weights.data(),
                         images.begin(),
                         pixels,
                         {},
                         {}};
  for (size_t c = 0; c < 3; ++c) {
    a.mean[c] = kMean[c];
    a.scale[c] = 1 / kDeviation[c];
  }
  const dim3 grid{static_cast<unsigned>((pixels + kTilePixels - 1) / kTilePixels),
                  static_cast<unsigned>(samples)};
  test::launch_on_cpu(grid, {kThreads}, random(), [&] {
    if (words) {
      input_transform<T, kChannels, true>(a);
    } else {
      input_transform<T, kChannels, false>(a);
    }
  });

  std::vector<double> wanted;
  for (int i = 0; i < samples * pixels * kChannels; ++i) {
    const int channel = i % kChannels;
    const int pixel = i / kChannels;
    const int sample = pixel / pixels;
    const auto normal = [&](long long which) {
      const auto c = static_cast<size_t>(channel);
      const auto byte = static_cast<size_t>((which * pixels + pixel % pixels) * 3 + channel);
      return (input.begin()[byte] - static_cast<double>(kMean[c])) /
             static_cast<double>(kDeviation[c]);
    };
    const double share = weights[static_cast<size_t>(sample)];
    const long long partner = partners[static_cast<size_t>(sample)];
    if (channel >= 3) {
      wanted.push_back(0);
    } else if (mixed) {
      wanted.push_back(share * normal(sample) + (1 - share) * normal(partner));
    } else {
      wanted.push_back(normal(sample));
    }
  }
  const std::vector<T> got(images.begin(), images.begin() + wanted.size());
  EXPECT_LE(test::largest_error(listed(got), wanted, {1}, test::rounding_of<T>()), 1e-5);
}

template <class T, int kChannels>
void expect_the_formula_for_shapes(int cases) {
  std::mt19937 random(6);
  for (int i = 0; i < cases && !testing::Test::HasFailure(); ++i) {
    expect_the_formula<T, kChannels>(random);
  }
}

TEST(DeviceInput, EqualsTheFormulaInFp32) {
  expect_the_formula_for_shapes<float, 3>(300);
  expect_the_formula_for_shapes<float, 4>(100);
  expect_the_formula_for_shapes<float, 8>(100);
}

TEST(DeviceInput, EqualsTheFormulaIn16Bits) {
  expect_the_formula_for_shapes<Bfloat16, 3>(100);
  expect_the_formula_for_shapes<Bfloat16, 4>(150);
  expect_the_formula_for_shapes<Half, 4>(150);
  expect_the_formula_for_shapes<Half, 8>(100);
}

}  // namespace
}  // namespace train_backbone::ops::device
