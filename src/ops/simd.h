#pragma once

// TB_EVERY_CPU_VARIANT(name, body, (parameters), (arguments)) defines `void name parameters`, which
// runs the always-inline function `body` compiled for the best vector instructions of this CPU.
// Not target_clones: its resolvers run before the sanitizers' runtime and crash there.
// The variants give bitwise the same results because the file is compiled without contraction to
// fused multiply-adds.
#if defined(__x86_64__) && defined(__GNUC__)
#define TB_EVERY_CPU_VARIANT(name, body, parameters, arguments)                          \
  __attribute__((target("avx2"))) static void name##_avx2 parameters { body arguments; } \
  __attribute__((target("avx512f,avx512bw"))) static void name##_avx512 parameters {     \
    body arguments;                                                                      \
  }                                                                                      \
  void name parameters {                                                                 \
    if (__builtin_cpu_supports("avx512bw")) return name##_avx512 arguments;              \
    if (__builtin_cpu_supports("avx2")) return name##_avx2 arguments;                    \
    body arguments;                                                                      \
  }
// The same for a template body<lanes> that computes with vectors of so many floats, and with fused
// multiply-adds where the CPU has them: the results differ in their last bits.
#define TB_EVERY_VECTOR_WIDTH(name, body, parameters, arguments)                                \
  __attribute__((target("avx2,fma"))) static void name##_avx2 parameters { body<8> arguments; } \
  __attribute__((target("avx512f,avx512bw,fma"))) static void name##_avx512 parameters {        \
    body<16> arguments;                                                                         \
  }                                                                                             \
  void name parameters {                                                                        \
    if (__builtin_cpu_supports("avx512bw")) return name##_avx512 arguments;                     \
    if (has_wide_vectors()) return name##_avx2 arguments;                                       \
    body<4> arguments;                                                                          \
  }
namespace train_backbone::ops {
// Of 8 floats and more, with fused multiply-adds.
inline bool has_wide_vectors() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
}  // namespace train_backbone::ops
#else
#define TB_EVERY_CPU_VARIANT(name, body, parameters, arguments) \
  void name parameters { body arguments; }
#define TB_EVERY_VECTOR_WIDTH(name, body, parameters, arguments) \
  void name parameters { body<4> arguments; }
namespace train_backbone::ops {
inline bool has_wide_vectors() { return false; }
}  // namespace train_backbone::ops
#endif

#define TB_ALWAYS_INLINE __attribute__((always_inline)) inline
// Behind a lambda's parameters.
#define TB_ALWAYS_INLINE_LAMBDA __attribute__((always_inline))

// Before a loop whose turns do not depend on one another, whatever its pointers look like.
#ifdef __clang__
#define TB_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define TB_INDEPENDENT _Pragma("GCC ivdep")
#endif
