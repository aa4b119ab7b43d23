#include "tests/support/cuda_on_cpu.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace train_backbone::test {
namespace {

TEST(CudaOnCpu, EveryThreadOfEveryBlockRunsOnce) {
  std::vector<int> runs(3 * 2 * 40);
  launch_on_cpu({3, 2}, {20, 2}, 1, [&] {
    const unsigned block = blockIdx.x + gridDim.x * blockIdx.y;
    const unsigned thread = threadIdx.x + blockDim.x * threadIdx.y;
    ++runs[block * 40 + thread];
  });
  EXPECT_EQ(runs, std::vector<int>(240, 1));
}

// Every thread hands its number to the one before it.
void rotate(std::vector<int>& result, bool with_barrier) {
  __shared__ int shared[64];
  const auto thread = static_cast<int>(threadIdx.x);
  shared[thread] = -1;
  __syncthreads();
  shared[thread] = thread;
  if (with_barrier) __syncthreads();
  result[static_cast<size_t>(thread)] = shared[(thread + 1) % 64];
}

TEST(CudaOnCpu, BarriersSeparateWritesFromReads) {
  std::vector<int> result(64);
  launch_on_cpu({1}, {64}, 1, [&] { rotate(result, true); });
  for (int i = 0; i < 64; ++i) EXPECT_EQ(result[static_cast<size_t>(i)], (i + 1) % 64);
}

TEST(CudaOnCpu, AMissingBarrierShows) {
  std::vector<int> result(64);
  launch_on_cpu({1}, {64}, 1, [&] { rotate(result, false); });
  EXPECT_GT(std::count(result.begin(), result.end(), -1), 10);
}

TEST(CudaOnCpu, ShufflesMoveValuesBetweenLanes) {
  std::vector<int> sums(40);
  std::vector<double> down(40);
  launch_on_cpu({1}, {40}, 1, [&] {
    const unsigned thread = threadIdx.x;
    const unsigned mask = thread < 32 ? ~0U : 0xFFU;  // the second warp has 8 lanes
    auto sum = static_cast<int>(thread);
    for (int flip = thread < 32 ? 16 : 4; flip > 0; flip /= 2) {
      sum += __shfl_xor_sync(mask, sum, flip);
    }
    sums[thread] = sum;
    down[thread] = __shfl_down_sync(mask, thread + 0.5, 1);
  });
  EXPECT_EQ(sums[5], 31 * 16);
  EXPECT_EQ(sums[39], 32 * 8 + 28);
  EXPECT_EQ(down[3], 4.5);
  EXPECT_EQ(down[31], 31.5);
}

TEST(CudaOnCpu, ThreadsAtDifferentBarriersAreAnError) {
  EXPECT_THROW(launch_on_cpu({1}, {32}, 1,
                             [] {
                               if (threadIdx.x < 16) __syncthreads();
                             }),
               std::logic_error);
  EXPECT_THROW(launch_on_cpu({1}, {32}, 1,
                             [] {
                               if (threadIdx.x == 0) {
                                 __syncthreads();
                               } else {
                                 __syncwarp();
                               }
                             }),
               std::logic_error);
  EXPECT_THROW(launch_on_cpu({1}, {32}, 1, [] { __syncwarp(threadIdx.x < 16 ? ~0U : ~1U); }),
               std::logic_error);
}

TEST(CudaOnCpu, RoundsToHalfAsTheFormatSays) {
  for (unsigned bits = 0; bits < 0x7C00U; ++bits) {
    const float value = half_bits_to_float(static_cast<unsigned short>(bits));
    ASSERT_EQ(float_to_half_bits(value), bits);
    // Half-way to the next goes to the even one.
    const float next = half_bits_to_float(static_cast<unsigned short>(bits + 1));
    if (bits + 1 == 0x7C00U) break;
    ASSERT_EQ(float_to_half_bits((value + next) / 2), bits + (bits & 1U));
  }
  EXPECT_EQ(half_bits_to_float(0x3C00), 1);
  EXPECT_EQ(half_bits_to_float(0xC000), -2);
  EXPECT_EQ(half_bits_to_float(0x0001), 0x1p-24F);
  EXPECT_EQ(half_bits_to_float(0x7BFF), 65504);
  EXPECT_EQ(float_to_half_bits(65519), 0x7BFF);
  EXPECT_EQ(float_to_half_bits(65520), 0x7C00);
}

}  // namespace
}  // namespace train_backbone::test
