#include "scalar_bilinear.h"

#include <algorithm>
#include <cmath>

namespace train_backbone::data {
namespace {

struct Tap {
  int lower;
  int upper;
  float weight;
};

Tap tap_at(const ResizeAxis& axis, int output) {
  const float scale = static_cast<float>(axis.source) / static_cast<float>(axis.target);
  const float position = static_cast<float>(axis.first + output) * scale;
  const int last = axis.source - 1;
  const int lower = std::min(static_cast<int>(std::floor(position)), last);
  const int upper = std::min(static_cast<int>(std::ceil(position)), last);
  const auto place = [&](int at) { return (axis.mirrored ? last - at : at) - axis.origin; };
  return {place(lower), place(upper), position - std::floor(position)};
}

float mixed(float from, float to, float weight) {
  const float part = (to - from) * weight;
  return from + part;
}

}  // namespace

std::vector<uint8_t> scalar_bilinear(const PixelView& source, const ResizeAxis& rows,
                                     const ResizeAxis& columns) {
  const auto pixel = [&source](int row, int column, int channel) {
    return static_cast<float>(source.pixels[row * source.stride + ptrdiff_t{column} * 3 + channel]);
  };
  std::vector<uint8_t> out;
  for (int row = 0; row < rows.count; ++row) {
    const Tap y = tap_at(rows, row);
    for (int column = 0; column < columns.count; ++column) {
      const Tap x = tap_at(columns, column);
      for (int channel = 0; channel < 3; ++channel) {
        const float top =
            mixed(pixel(y.lower, x.lower, channel), pixel(y.lower, x.upper, channel), x.weight);
        const float bottom =
            mixed(pixel(y.upper, x.lower, channel), pixel(y.upper, x.upper, channel), x.weight);
        out.push_back(static_cast<uint8_t>(std::floor(mixed(top, bottom, y.weight) + 0.5F)));
      }
    }
  }
  return out;
}

}  // namespace train_backbone::data
