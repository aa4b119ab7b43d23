#include "ops/batch_norm_act_cpu.h"

#include <bit>
#include <type_traits>

#include "ops/simd.h"

namespace train_backbone::ops {
namespace {

// Rows taken together, so that their sums are loaded and stored once for all of them.
constexpr int64_t kRowsTogether = 4;

// Calls work(count, offset of the first element) for some rows at a time, then row by row.
template <class Work>
TB_ALWAYS_INLINE void for_rows(RowBlock block, Work work) {
  int64_t row = 0;
  for (; row + kRowsTogether <= block.rows; row += kRowsTogether) {
    work(std::integral_constant<int64_t, kRowsTogether>{}, row * block.stride);
  }
  for (; row < block.rows; ++row) {
    work(std::integral_constant<int64_t, 1>{}, row * block.stride);
  }
}

// The rows behind these kCount, into the cache: the CPU does not foresee by itself what is read of
// several tensors in several rows at once.
template <int64_t kCount, class T>
TB_ALWAYS_INLINE void fetch_next(const T* rows, RowBlock block) {
  constexpr int64_t kLine = 64 / sizeof(T);
  for (int64_t row = kCount; row < 2 * kCount; ++row) {
    for (int64_t c = 0; c < block.channels; c += kLine) {
      __builtin_prefetch(rows + row * block.stride + c);
    }
  }
}

enum class Slope { kOne, kZero, kOther };

Slope kind_of(float negative_slope) {
  if (negative_slope == 1.0F) return Slope::kOne;
  return negative_slope == 0.0F ? Slope::kZero : Slope::kOther;
}

// `value` as it goes through an activation whose output has the sign of `sign`. NaN goes through.
template <Slope kSlope>
TB_ALWAYS_INLINE float activated(float sign, float value, float slope) {
  if constexpr (kSlope == Slope::kOne) return value;
  // Masks, not choices: the compiler would put reading `value` behind a branch, which is no vector.
  const uint32_t negative = sign <= 0.0F ? ~0U : 0U;
  const uint32_t kept = std::bit_cast<uint32_t>(value) & ~negative;
  if constexpr (kSlope == Slope::kZero) return std::bit_cast<float>(kept);
  return std::bit_cast<float>(kept | (std::bit_cast<uint32_t>(slope * value) & negative));
}

template <int64_t kCount, class T>
TB_ALWAYS_INLINE void add_moments(const T* x, const float* shift, RowBlock block, double* first,
                                  double* second) {
  TB_INDEPENDENT
  for (int64_t c = 0; c < block.channels; ++c) {
    double sum = first[c];
    double square = second[c];
    for (int64_t r = 0; r < kCount; ++r) {
      const double distance =
          static_cast<double>(to_float(x[r * block.stride + c])) - static_cast<double>(shift[c]);
      sum += distance;
      square += distance * distance;
    }
    first[c] = sum;
    second[c] = square;
  }
}

template <class T>
TB_ALWAYS_INLINE void moments(const T* x, const float* shift, RowBlock block, double* first,
                              double* second) {
  for_rows(block, [&](auto count, int64_t i) TB_ALWAYS_INLINE_LAMBDA {
    add_moments<count()>(x + i, shift, block, first, second);
  });
}

template <Slope kSlope, bool kResidual, class T>
TB_ALWAYS_INLINE void apply_with(const T* x, const T* residual, const NormFactors& f,
                                 RowBlock block, T* y) {
  for (int64_t row = 0; row < block.rows; ++row) {
    const int64_t start = row * block.stride;
    TB_INDEPENDENT
    for (int64_t c = 0; c < block.channels; ++c) {
      float value = (to_float(x[start + c]) - f.mean[c]) * f.scale[c] + f.bias[c];
      if constexpr (kResidual) value += to_float(residual[start + c]);
      assign(y[start + c], activated<kSlope>(value, value, f.negative_slope));
    }
  }
}

template <Slope kSlope, class T>
TB_ALWAYS_INLINE void apply_rows(const T* x, const T* residual, const NormFactors& factors,
                                 RowBlock block, T* y) {
  if (residual != nullptr) {
    apply_with<kSlope, true>(x, residual, factors, block, y);
  } else {
    apply_with<kSlope, false>(x, residual, factors, block, y);
  }
}

template <class T>
TB_ALWAYS_INLINE void apply(const T* x, const T* residual, const NormFactors& factors,
                            RowBlock block, T* y) {
  switch (kind_of(factors.negative_slope)) {
    case Slope::kOne:
      return apply_rows<Slope::kOne>(x, residual, factors, block, y);
    case Slope::kZero:
      return apply_rows<Slope::kZero>(x, residual, factors, block, y);
    case Slope::kOther:
      return apply_rows<Slope::kOther>(x, residual, factors, block, y);
  }
}

// The same operations as in apply_row: the same sign.
TB_ALWAYS_INLINE float output_sign(float centred, float scale, float bias) {
  return centred * scale + bias;
}

template <Slope kSlope, bool kResidual, int64_t kCount, class T>
TB_ALWAYS_INLINE void add_gradient_sums(const T* x, const T* dy, const T* y, const NormFactors& f,
                                        RowBlock block, T* dz, double* first, double* second) {
  fetch_next<kCount>(x, block);
  fetch_next<kCount>(dy, block);
  if constexpr (kResidual) fetch_next<kCount>(y, block);
  TB_INDEPENDENT
  for (int64_t c = 0; c < block.channels; ++c) {
    double sum = first[c];
    double product = second[c];
    for (int64_t r = 0; r < kCount; ++r) {
      const int64_t i = r * block.stride + c;
      const float centred = to_float(x[i]) - f.mean[c];
      float sign = 0;
      if constexpr (kResidual) {
        sign = to_float(y[i]);
      } else {
        sign = output_sign(centred, f.scale[c], f.bias[c]);
      }
      const float gradient = activated<kSlope>(sign, to_float(dy[i]), f.negative_slope);
      if constexpr (kResidual) assign(dz[i], gradient);
      sum += static_cast<double>(gradient);
      product += static_cast<double>(gradient * centred);
    }
    first[c] = sum;
    second[c] = product;
  }
}

template <Slope kSlope, bool kResidual, class T>
TB_ALWAYS_INLINE void gradient_sums_of(const T* x, const T* dy, const T* y, const NormFactors& f,
                                       RowBlock block, T* dz, double* first, double* second) {
  for_rows(block, [&](auto count, int64_t i) TB_ALWAYS_INLINE_LAMBDA {
    add_gradient_sums<kSlope, kResidual, count()>(x + i, dy + i, kResidual ? y + i : nullptr, f,
                                                  block, kResidual ? dz + i : nullptr, first,
                                                  second);
  });
}

template <Slope kSlope, class T>
TB_ALWAYS_INLINE void gradient_sums_with(const T* x, const T* dy, const T* y,
                                         const NormFactors& factors, RowBlock block, T* dz,
                                         double* first, double* second) {
  if (y != nullptr) {
    gradient_sums_of<kSlope, true>(x, dy, y, factors, block, dz, first, second);
  } else {
    gradient_sums_of<kSlope, false>(x, dy, y, factors, block, dz, first, second);
  }
}

template <class T>
TB_ALWAYS_INLINE void gradient_sums(const T* x, const T* dy, const T* y, const NormFactors& factors,
                                    RowBlock block, T* dz, double* first, double* second) {
  switch (kind_of(factors.negative_slope)) {
    case Slope::kOne:
      return gradient_sums_of<Slope::kOne, false>(x, dy, y, factors, block, dz, first, second);
    case Slope::kZero:
      return gradient_sums_with<Slope::kZero>(x, dy, y, factors, block, dz, first, second);
    case Slope::kOther:
      return gradient_sums_with<Slope::kOther>(x, dy, y, factors, block, dz, first, second);
  }
}

template <Slope kSlope, class T>
TB_ALWAYS_INLINE void input_gradient_rows(const T* x, const T* dy, const NormFactors& f,
                                          const GradientFactors& g, RowBlock block, T* dx) {
  for (int64_t row = 0; row < block.rows; ++row) {
    const int64_t start = row * block.stride;
    TB_INDEPENDENT
    for (int64_t c = 0; c < block.channels; ++c) {
      const float centred = to_float(x[start + c]) - f.mean[c];
      const float sign = output_sign(centred, f.scale[c], f.bias[c]);
      const float dz = activated<kSlope>(sign, to_float(dy[start + c]), f.negative_slope);
      assign(dx[start + c], f.scale[c] * dz - g.offset[c] - centred * g.tilt[c]);
    }
  }
}

template <class T>
TB_ALWAYS_INLINE void input_gradient(const T* x, const T* dy, const NormFactors& factors,
                                     const GradientFactors& gradient, RowBlock block, T* dx) {
  switch (kind_of(factors.negative_slope)) {
    case Slope::kOne:
      return input_gradient_rows<Slope::kOne>(x, dy, factors, gradient, block, dx);
    case Slope::kZero:
      return input_gradient_rows<Slope::kZero>(x, dy, factors, gradient, block, dx);
    case Slope::kOther:
      return input_gradient_rows<Slope::kOther>(x, dy, factors, gradient, block, dx);
  }
}

}  // namespace

#define TB_NORM_LOOPS(T)                                                                           \
  TB_EVERY_CPU_VARIANT(                                                                            \
      norm_moments_cpu, moments,                                                                   \
      (const T* x, const float* shift, RowBlock block, double* first, double* second),             \
      (x, shift, block, first, second))                                                            \
  TB_EVERY_CPU_VARIANT(norm_apply_cpu, apply,                                                      \
                       (const T* x, const T* residual, NormFactors factors, RowBlock block, T* y), \
                       (x, residual, factors, block, y))                                           \
  TB_EVERY_CPU_VARIANT(norm_gradient_sums_cpu, gradient_sums,                                      \
                       (const T* x, const T* dy, const T* y, NormFactors factors, RowBlock block,  \
                        T* dz, double* first, double* second),                                     \
                       (x, dy, y, factors, block, dz, first, second))                              \
  TB_EVERY_CPU_VARIANT(norm_input_gradient_cpu, input_gradient,                                    \
                       (const T* x, const T* dy, NormFactors factors, GradientFactors gradient,    \
                        RowBlock block, T* dx),                                                    \
                       (x, dy, factors, gradient, block, dx))

TB_NORM_LOOPS(float)
TB_NORM_LOOPS(Bfloat16)

}  // namespace train_backbone::ops
