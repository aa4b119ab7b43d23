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

constexpr int kThreads = 256;       // of every block
constexpr int kBlocksTogether = 4;  // on a multiprocessor at least: 64 registers a thread
constexpr int kWord = 16;           // bytes that one thread reads or writes at once

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

#ifdef __CUDACC__
// The compiler splits a struct into its elements where they come in loops, but not a vector type.
template <int kBytes>
struct Word;
template <>
struct Word<1> {
  using Type = unsigned char;
};
template <>
struct Word<2> {
  using Type = unsigned short;
};
template <>
struct Word<4> {
  using Type = unsigned;
};
template <>
struct Word<8> {
  using Type = uint2;
};
template <>
struct Word<16> {
  using Type = uint4;
};
#endif

template <int kCount, class T>
inline __device__ Pack<T, kCount> load(const T* from) {
  Pack<T, kCount> pack;
#ifdef __CUDACC__
  const auto word = *reinterpret_cast<const typename Word<sizeof(pack)>::Type*>(from);
  memcpy(&pack, &word, sizeof(pack));
#else
  memcpy(&pack, aligned(from, sizeof(pack)), sizeof(pack));
#endif
  return pack;
}

template <int kCount, class T>
inline __device__ void store(T* to, const Pack<T, kCount>& pack) {
#ifdef __CUDACC__
  typename Word<sizeof(pack)>::Type word;
  memcpy(&word, &pack, sizeof(pack));
  *reinterpret_cast<typename Word<sizeof(pack)>::Type*>(to) = word;
#else
  memcpy(aligned(to, sizeof(pack)), &pack, sizeof(pack));
#endif
}

// store() for one full word in global memory, where the compiler would split even that.
template <int kCount, class T>
inline __device__ void store_word(T* to, const Pack<T, kCount>& pack) {
#ifdef __CUDACC__
  static_assert(sizeof(pack) == kWord, "a full word");
  uint4 word;
  memcpy(&word, &pack, sizeof(pack));
  asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};"
               :
               : "l"(to), "r"(word.x), "r"(word.y), "r"(word.z), "r"(word.w)
               : "memory");
#else
  store(to, pack);
#endif
}

// kCount elements in words of at most kWord bytes.
template <class T, int kCount>
inline __device__ void load_elements(const T* from, float (&to)[kCount]) {
  constexpr int kStep = kCount * sizeof(T) < kWord ? kCount : kWord / static_cast<int>(sizeof(T));
  TB_UNROLL
  for (int i = 0; i < kCount; i += kStep) {
    const Pack<T, kStep> pack = load<kStep>(from + i);
    TB_UNROLL
    for (int k = 0; k < kStep; ++k) to[i + k] = to_float(pack.at[k]);
  }
}

template <class T, int kCount>
inline __device__ void store_elements(T* to, const float (&from)[kCount]) {
  constexpr int kStep = kCount * sizeof(T) < kWord ? kCount : kWord / static_cast<int>(sizeof(T));
  TB_UNROLL
  for (int i = 0; i < kCount; i += kStep) {
    Pack<T, kStep> pack;
    TB_UNROLL
    for (int k = 0; k < kStep; ++k) assign(pack.at[k], from[i + k]);
    store(to + i, pack);
  }
}

inline __device__ bool is_finite(float value) {
  return (__float_as_uint(value) & 0x7F800000U) != 0x7F800000U;
}

}  // namespace train_backbone::ops::device
