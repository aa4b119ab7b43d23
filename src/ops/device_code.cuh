#pragma once

// What the kernels share. The *_kernels.cuh files are plain C++17 without host calls or headers of
// torch: nvcc and NVRTC compile them, and tests run them on the CPU (tests/support/cuda_on_cpu.h).

#ifdef __CUDACC__
#define TB_UNROLL _Pragma("unroll")
#define TB_UNROLL_BY_TEXT(text) _Pragma(#text)
#define TB_UNROLL_BY(count) TB_UNROLL_BY_TEXT(unroll count)
#else
#define TB_UNROLL
#define TB_UNROLL_BY(count)
#endif

namespace train_backbone::ops::device {

constexpr int kThreads = 256;  // of every block
constexpr int kWord = 16;      // bytes that one thread reads or writes at once

// Numbers in 16-bit storage; arithmetic is fp32.
struct Bfloat16 {
  unsigned short bits;
};
struct Half {
  unsigned short bits;
};

inline __device__ float to_float(float value) { return value; }

inline __device__ float to_float(Bfloat16 value) {
  return __uint_as_float(static_cast<unsigned>(value.bits) << 16U);
}

inline __device__ float to_float(Half value) {
#ifdef __CUDACC__
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value.bits));
  return result;
#else
  return half_bits_to_float(value.bits);
#endif
}

inline __device__ void assign(float& to, float value) { to = value; }

// To the nearest, ties to even. Before sm_80 there is no instruction for it.
inline __device__ void assign(Bfloat16& to, float value) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(to.bits) : "f"(value));
#else
  const unsigned bits = __float_as_uint(value);
  const unsigned rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
  to.bits = static_cast<unsigned short>(value == value ? rounded : 0x7FFFU);
#endif
}

inline __device__ void assign(Half& to, float value) {
#ifdef __CUDACC__
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(to.bits) : "f"(value));
#else
  to.bits = float_to_half_bits(value);
#endif
}

// `value` as it will be read back from storage T.
template <class T>
inline __device__ float rounded(float value) {
  T stored;
  assign(stored, value);
  return to_float(stored);
}

// kCount adjacent elements, read and written as one word: the address is a multiple of their size.
template <class T, int kCount>
struct alignas(sizeof(T) * kCount) Pack {
  T at[kCount];
};

template <int kCount, class T>
inline __device__ Pack<T, kCount> load(const T* from) {
#ifdef __CUDACC__
  return *reinterpret_cast<const Pack<T, kCount>*>(from);
#else
  Pack<T, kCount> pack;
  memcpy(&pack, aligned(from, sizeof(pack)), sizeof(pack));
  return pack;
#endif
}

template <int kCount, class T>
inline __device__ void store(T* to, const Pack<T, kCount>& pack) {
#ifdef __CUDACC__
  *reinterpret_cast<Pack<T, kCount>*>(to) = pack;
#else
  memcpy(aligned(to, sizeof(pack)), &pack, sizeof(pack));
#endif
}

// fp32 values per channel go in words of 16 bytes, too.
template <int kCount>
inline __device__ void load_floats(const float* from, float (&to)[kCount]) {
  constexpr int kStep = kCount < 4 ? kCount : 4;
  TB_UNROLL
  for (int i = 0; i < kCount; i += kStep) {
    const Pack<float, kStep> pack = load<kStep>(from + i);
    TB_UNROLL
    for (int k = 0; k < kStep; ++k) to[i + k] = pack.at[k];
  }
}

template <int kCount>
inline __device__ void store_floats(float* to, const float (&from)[kCount]) {
  constexpr int kStep = kCount < 4 ? kCount : 4;
  TB_UNROLL
  for (int i = 0; i < kCount; i += kStep) {
    Pack<float, kStep> pack;
    TB_UNROLL
    for (int k = 0; k < kStep; ++k) pack.at[k] = from[i + k];
    store(to + i, pack);
  }
}

}  // namespace train_backbone::ops::device
