// The device code of batch_norm_act on the CPU against the fp64 reference.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/support/batch_norm_reference.h"
#include "tests/support/cuda_on_cpu.h"
// After what stands for CUDA:
#include "ops/batch_norm_act_backward_kernels.cuh"
#include "ops/batch_norm_act_kernels.cuh"
#include "tests/support/device_storage.h"

namespace train_backbone::ops::device {
namespace {

using test::listed;

struct Shape {
  int rows = 0;
  int channels = 0;
  int most_blocks = 0;
  bool residual = false;
  float slope = 1;
};

Shape random_shape(std::mt19937& random) {
  const auto below = [&](unsigned bound) { return static_cast<int>(random() % bound); };
  Shape shape;
  shape.rows = 2 + below(random() % 4 == 0 ? 4 : 500);
  shape.channels = random() % 2 == 0 ? 1 + below(40) : 8 * (1 + below(24));
  shape.most_blocks = 1 + below(14);
  shape.residual = random() % 2 == 0;
  shape.slope = std::array{1.0F, 0.0F, 0.1F}[random() % 3];
  return shape;
}

// Memory of one run, aligned as on a GPU.
template <class T>
struct Run {
  explicit Run(const Shape& shape, std::mt19937& random) : grid(make_grid(shape)) {
    const auto size = static_cast<size_t>(shape.rows) * static_cast<size_t>(shape.channels);
    const auto c = static_cast<size_t>(shape.channels);
    std::normal_distribution<float> normal;
    std::vector<float> centre(c);
    std::vector<float> spread(c);
    for (size_t i = 0; i < c; ++i) {
      spread[i] = std::exp(normal(random));
      centre[i] = 3 * spread[i] * normal(random);
    }
    for (std::vector<T>* image : {&x, &residual, &dy, &y, &dz, &dx}) image->resize(size);
    for (size_t i = 0; i < size; ++i) {
      // Also of few rows the deviation is not small against the mean.
      const float side = i / c % 2 == 0 ? 1.0F : -1.0F;
      assign(x[i], centre[i % c] + spread[i % c] * (side + 0.3F * normal(random)));
      assign(residual[i], normal(random));
      assign(dy[i], normal(random));
    }
    for (auto* values :
         {&weight, &bias, &mean, &inverse, &running_mean, &running_var, &dweight, &dbias}) {
      values->resize(c);
      for (float& value : *values) value = normal(random);
    }
    sums.resize(static_cast<size_t>(norm_scratch_floats(grid)));
    arrived.resize(static_cast<size_t>(grid.slices));
  }

  static NormGrid make_grid(const Shape& shape) {
    const int size = static_cast<int>(sizeof(T));
    return norm_grid(shape.rows, shape.channels, norm_vector(shape.channels, size), size,
                     shape.most_blocks);
  }

  NormGrid grid;
  std::vector<T> x, residual, dy, y, dz, dx;
  std::vector<float> weight, bias, mean, inverse, running_mean, running_var, dweight, dbias, sums;
  std::vector<unsigned> arrived;
};

template <class T, int V, bool kResidual>
void run_kernels(Run<T>& run, const Shape& shape, uint64_t seed) {
  const NormScratch scratch{run.sums.data(), run.arrived.data()};
  const NormForward<T> forward{run.x.data(),
                               kResidual ? run.residual.data() : nullptr,
                               run.y.data(),
                               run.weight.data(),
                               run.bias.data(),
                               run.mean.data(),
                               run.inverse.data(),
                               run.running_mean.data(),
                               run.running_var.data(),
                               0.1F,
                               1e-5F,
                               shape.slope,
                               scratch,
                               run.grid};
  const NormBackward<T> backward{run.x.data(),
                                 run.dy.data(),
                                 kResidual ? run.y.data() : nullptr,
                                 kResidual ? run.dz.data() : nullptr,
                                 run.dx.data(),
                                 run.weight.data(),
                                 run.bias.data(),
                                 run.mean.data(),
                                 run.inverse.data(),
                                 run.dweight.data(),
                                 run.dbias.data(),
                                 shape.slope,
                                 scratch,
                                 run.grid};
  const dim3 grid{static_cast<unsigned>(run.grid.blocks), static_cast<unsigned>(run.grid.slices)};
  const auto launch = [&](const std::function<void()>& kernel) {
    test::launch_on_cpu(grid, {kThreads}, seed++, kernel);
  };
  launch([&] { norm_statistics<T, V>(forward); });
  launch([&] { norm_apply<T, V, kResidual>(forward); });
  launch([&] { norm_gradient_sums<T, V, kResidual>(backward); });
  launch([&] { norm_input_gradient<T, V, kResidual>(backward); });
}

template <class T, int V>
void run_vectors(Run<T>& run, const Shape& shape, uint64_t seed) {
  if constexpr (V * sizeof(T) > kWord) {
    FAIL() << "a vector larger than a word";
  } else if (shape.residual) {
    run_kernels<T, V, true>(run, shape, seed);
  } else {
    run_kernels<T, V, false>(run, shape, seed);
  }
}

template <class T>
void run_any(Run<T>& run, const Shape& shape, uint64_t seed) {
  switch (norm_vector(shape.channels, static_cast<int>(sizeof(T)))) {
    case 8:
      return run_vectors<T, 8>(run, shape, seed);
    case 4:
      return run_vectors<T, 4>(run, shape, seed);
    case 2:
      return run_vectors<T, 2>(run, shape, seed);
    default:
      return run_vectors<T, 1>(run, shape, seed);
  }
}

template <class T>
void expect_the_reference(const Shape& shape, std::mt19937& random) {
  Run<T> run(shape, random);
  const std::vector<double> mean_before = listed(run.running_mean);
  const std::vector<double> variance_before = listed(run.running_var);
  run_any(run, shape, random());
  const test::NormInputs in{
      .rows = static_cast<size_t>(shape.rows),
      .channels = static_cast<size_t>(shape.channels),
      .negative_slope = static_cast<double>(shape.slope),
      .epsilon = static_cast<double>(1e-5F),
      .x = listed(run.x),
      .residual = shape.residual ? listed(run.residual) : std::vector<double>{},
      .weight = listed(run.weight),
      .bias = listed(run.bias)};
  const test::NormOutputs out = test::norm_reference(in);
  const test::NormGradients gradients =
      test::norm_reference_backward(in, out, listed(run.dy), listed(run.y),
                                    shape.residual ? listed(run.dz) : std::vector<double>{});

  constexpr double kTolerance = 1e-5;
  const test::StorageRounding rounding = test::rounding_of<T>();
  const auto error = [](const auto& got, const std::vector<double>& wanted,
                        const std::vector<double>& scale,
                        const test::StorageRounding& allowed = test::kNoRounding) {
    return test::largest_error(listed(got), wanted, scale, allowed);
  };
  // The mean's error is in proportion to the values, whose spread may exceed it.
  std::vector<double> deviation;
  for (size_t c = 0; c < in.channels; ++c) {
    deviation.push_back(std::fabs(out.mean[c]) + std::sqrt(out.variance[c]));
  }
  EXPECT_LE(error(run.mean, out.mean, deviation), kTolerance);
  EXPECT_LE(error(run.inverse, out.inverse_deviation, out.inverse_deviation), kTolerance);
  EXPECT_LE(error(run.y, out.y, out.y_scale, rounding), kTolerance);
  EXPECT_LE(error(run.dweight, gradients.weight, gradients.weight_scale), kTolerance);
  EXPECT_LE(error(run.dbias, gradients.bias, gradients.bias_scale), kTolerance);
  EXPECT_LE(error(run.dx, gradients.input, gradients.input_scale, rounding), kTolerance);
  if (shape.residual) {
    EXPECT_LE(error(run.dz, gradients.residual, gradients.residual, rounding), kTolerance);
  }
  const double count = shape.rows;
  for (size_t c = 0; c < in.channels; ++c) {
    const double mean = 0.9 * mean_before[c] + 0.1 * out.mean[c];
    const double variance = 0.9 * variance_before[c] + 0.1 * out.variance[c] * count / (count - 1);
    EXPECT_NEAR(run.running_mean[c], mean, 1e-5 * (std::fabs(mean) + deviation[c]));
    EXPECT_NEAR(run.running_var[c], variance, 1e-5 * (1 + out.variance[c]));
  }
  for (const unsigned blocks : run.arrived) EXPECT_EQ(blocks, 0U);
}

template <class T>
void expect_the_reference_for_shapes(int count) {
  std::mt19937 random(1);
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    const Shape shape = random_shape(random);
    SCOPED_TRACE(testing::Message()
                 << shape.rows << " rows, " << shape.channels << " channels, " << shape.most_blocks
                 << " blocks, residual " << shape.residual << ", slope " << shape.slope);
    expect_the_reference<T>(shape, random);
  }
}

TEST(DeviceNorm, EqualsTheReferenceInFp32) { expect_the_reference_for_shapes<float>(500); }
TEST(DeviceNorm, EqualsTheReferenceInBf16) { expect_the_reference_for_shapes<Bfloat16>(500); }
TEST(DeviceNorm, EqualsTheReferenceInFp16) { expect_the_reference_for_shapes<Half>(250); }

}  // namespace
}  // namespace train_backbone::ops::device
