#include "data/image/legacy_bilinear.h"

#include <algorithm>
#include <cmath>

namespace train_backbone::data {
namespace {

BilinearTap tap_at(const ResizeAxis& axis, int64_t output) {
  const float scale = static_cast<float>(axis.source) / static_cast<float>(axis.target);
  const float position = static_cast<float>(output) * scale;
  const float floor = std::floor(position);
  const int last = axis.source - 1;
  return {std::min(static_cast<int>(floor), last),
          std::min(static_cast<int>(std::ceil(position)), last), position - floor};
}

}  // namespace

SourceRange source_range(const ResizeAxis& axis) {
  return {tap_at(axis, axis.first).lower, tap_at(axis, axis.first + axis.count - 1).upper + 1};
}

void LegacyBilinear::fill_taps(const ResizeAxis& axis, std::vector<BilinearTap>& taps) {
  taps.resize(static_cast<size_t>(axis.count));
  for (int output = 0; output < axis.count; ++output) {
    const BilinearTap tap = tap_at(axis, axis.first + output);
    const auto place = [&axis](int source) {
      return (axis.mirrored ? axis.source - 1 - source : source) - axis.origin;
    };
    taps[static_cast<size_t>(output)] = {place(tap.lower), place(tap.upper), tap.weight};
  }
}

const float* LegacyBilinear::resized_row(const PixelView& source, int row, int kept) {
  for (int slot = 0; slot < 2; ++slot) {
    if (resized_from_[slot] == row) {
      return resized_[slot].data();
    }
  }
  const int slot = resized_from_[0] == kept ? 1 : 0;
  resized_from_[slot] = row;
  const uint8_t* pixels = source.pixels + row * source.stride;
  float* out = resized_[slot].data();
  for (const BilinearTap& tap : column_taps_) {
    const uint8_t* left = pixels + ptrdiff_t{tap.lower} * 3;
    const uint8_t* right = pixels + ptrdiff_t{tap.upper} * 3;
    for (int channel = 0; channel < 3; ++channel) {
      const auto begin = static_cast<float>(left[channel]);
      *out++ = begin + (static_cast<float>(right[channel]) - begin) * tap.weight;
    }
  }
  return resized_[slot].data();
}

void LegacyBilinear::resize(const PixelView& source, const ResizeAxis& rows,
                            const ResizeAxis& columns, std::span<uint8_t> out) {
  fill_taps(rows, row_taps_);
  fill_taps(columns, column_taps_);
  const size_t row_values = column_taps_.size() * 3;
  for (int slot = 0; slot < 2; ++slot) {
    resized_[slot].resize(row_values);
    resized_from_[slot] = -1;
  }
  uint8_t* target = out.data();
  for (const BilinearTap& tap : row_taps_) {
    const float* top = resized_row(source, tap.lower, tap.upper);
    const float* bottom = resized_row(source, tap.upper, tap.lower);
    for (size_t index = 0; index < row_values; ++index) {
      const float value = top[index] + (bottom[index] - top[index]) * tap.weight;
      target[index] = static_cast<uint8_t>(value + 0.5F);
    }
    target += row_values;
  }
}

}  // namespace train_backbone::data
