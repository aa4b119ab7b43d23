#pragma once

// Runs CUDA device code on the CPU, for tests: include this, then the .cuh file, and start kernels
// with launch_on_cpu. Every CUDA thread is a fibre of its own; the threads of a block take turns,
// in an order shuffled anew at every barrier, so that a missing barrier shows; blocks follow one
// another, shuffled, too. x86-64 only. Found and thrown as std::logic_error: threads of a block
// that wait at different barriers, warp operations whose lanes disagree about the mask, a load or
// store (aligned()) that is not aligned as a GPU needs it.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
#define __forceinline__ inline
#define __shared__ static thread_local  // one block at a time: exactly a block's scope

struct uint3 {
  unsigned x = 0, y = 0, z = 0;
};

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

namespace train_backbone::test {

// Where the running CUDA thread is.
struct CudaThread {
  uint3 thread, block;
  dim3 block_size, grid_size;
};
const CudaThread& cuda_thread();

// Runs `kernel` for all threads of all blocks. `seed` says in which order they take turns.
void launch_on_cpu(dim3 grid, dim3 block, uint64_t seed, const std::function<void()>& kernel);

void wait_for_block();
// Waits for the lanes of `mask` that still run.
void wait_for_lanes(unsigned mask);
// Gives `bits` to the other lanes of `mask` and returns those of lane `source` of this warp, or
// `bits` where that one is not in the mask.
uint64_t exchange_between_lanes(unsigned mask, uint64_t bits, int source);

const void* checked_alignment(const void* address, size_t size);

template <class T>
T shuffle(unsigned mask, T value, int source) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = exchange_between_lanes(mask, bits, source);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace train_backbone::test

#define threadIdx (train_backbone::test::cuda_thread().thread)
#define blockIdx (train_backbone::test::cuda_thread().block)
#define blockDim (train_backbone::test::cuda_thread().block_size)
#define gridDim (train_backbone::test::cuda_thread().grid_size)

inline int cuda_lane() {
  const auto& at = train_backbone::test::cuda_thread();
  return static_cast<int>(at.thread.x +
                          at.block_size.x * (at.thread.y + at.block_size.y * at.thread.z)) %
         32;
}

inline void __syncthreads() { train_backbone::test::wait_for_block(); }
inline void __syncwarp(unsigned mask = ~0U) { train_backbone::test::wait_for_lanes(mask); }
inline void __threadfence() {}

template <class T>
T __shfl_sync(unsigned mask, T value, int source) {
  return train_backbone::test::shuffle(mask, value, source & 31);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int flip) {
  return train_backbone::test::shuffle(mask, value, cuda_lane() ^ flip);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance) {
  const int source = cuda_lane() + static_cast<int>(distance);
  return train_backbone::test::shuffle(mask, value, source < 32 ? source : cuda_lane());
}

// Threads take turns: nobody comes in between.
template <class T>
T atomicAdd(T* address, T value) {
  const T before = *address;
  *address = before + value;
  return before;
}
template <class T>
T atomicOr(T* address, T value) {
  const T before = *address;
  *address = before | value;
  return before;
}

inline float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }
inline unsigned __float_as_uint(float value) { return std::bit_cast<unsigned>(value); }
float half_bits_to_float(unsigned short bits);
unsigned short float_to_half_bits(float value);  // to the nearest, ties to even
inline const void* aligned(const void* address, size_t size) {
  return train_backbone::test::checked_alignment(address, size);
}
inline void* aligned(void* address, size_t size) {
  train_backbone::test::checked_alignment(address, size);
  return address;
}
using std::memcpy;
