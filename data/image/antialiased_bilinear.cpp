#include "data/image/antialiased_bilinear.h"

#include <algorithm>
#include <cmath>

namespace train_backbone::data {
namespace {

constexpr int kWeightBits = 22;
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

uint8_t rounded(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

// Where an output's filter lies in the source, and how wide it is.
struct Window {
  double center;
  double scale;  // source pixels per output pixel, at least 1
  int first;
  int end;
};

Window window_at(const ResizeAxis& axis, int64_t output) {
  const double ratio = static_cast<double>(axis.source) / static_cast<double>(axis.target);
  const double scale = std::max(ratio, 1.0);  // the triangle reaches this far on either side
  const double center = (static_cast<double>(output) + 0.5) * ratio;
  return {center, scale, std::max(static_cast<int>(center - scale + 0.5), 0),
          std::min(static_cast<int>(center + scale + 0.5), axis.source)};
}

double weight_at(const Window& window, int source) {
  return std::max(0.0, 1.0 - std::abs((source - window.center + 0.5) * (1.0 / window.scale)));
}

}  // namespace

SourceRange AntialiasedBilinear::source_range(const ResizeAxis& axis) {
  return {window_at(axis, axis.first).first, window_at(axis, axis.first + axis.count - 1).end};
}

void AntialiasedBilinear::fill(const ResizeAxis& axis, Axis& filled) {
  filled.taps.clear();
  filled.weights.clear();
  for (int place = 0; place < axis.count; ++place) {
    const int output = axis.mirrored ? axis.count - 1 - place : place;
    const Window window = window_at(axis, axis.first + output);
    double sum = 0;
    for (int source = window.first; source < window.end; ++source) {
      sum += weight_at(window, source);
    }
    filled.taps.push_back({.first = window.first - axis.origin,
                           .count = window.end - window.first,
                           .weights = filled.weights.size()});
    for (int source = window.first; source < window.end; ++source) {
      const double weight = weight_at(window, source) / sum;
      filled.weights.push_back(static_cast<int32_t>(0.5 + weight * (1 << kWeightBits)));
    }
  }
}

void AntialiasedBilinear::resize_columns(const PixelView& source, int first_row, int end_row) {
  narrowed_.resize(static_cast<size_t>(end_row - first_row) * columns_.taps.size() * 3);
  uint8_t* out = narrowed_.data();
  for (int row = first_row; row < end_row; ++row) {
    for (const Tap& tap : columns_.taps) {
      const uint8_t* pixel = source.pixels + row * source.stride + ptrdiff_t{tap.first} * 3;
      const int32_t* weights = columns_.weights.data() + tap.weights;
      int32_t sums[3] = {kHalf, kHalf, kHalf};
      for (int index = 0; index < tap.count; ++index, pixel += 3) {
        sums[0] += pixel[0] * weights[index];
        sums[1] += pixel[1] * weights[index];
        sums[2] += pixel[2] * weights[index];
      }
      out = std::transform(sums, sums + 3, out, &rounded);
    }
  }
}

void AntialiasedBilinear::blend_rows(const Tap& tap, int first_row, uint8_t* out) {
  std::fill(sums_.begin(), sums_.end(), kHalf);
  const size_t width = sums_.size();
  const uint8_t* row = narrowed_.data() + static_cast<size_t>(tap.first - first_row) * width;
  for (int index = 0; index < tap.count; ++index, row += width) {
    const int32_t weight = rows_.weights[tap.weights + static_cast<size_t>(index)];
    for (size_t value = 0; value < width; ++value) {
      sums_[value] += row[value] * weight;
    }
  }
  std::transform(sums_.begin(), sums_.end(), out, &rounded);
}

void AntialiasedBilinear::resize(const PixelView& source, const ResizeAxis& rows,
                                 const ResizeAxis& columns, std::span<uint8_t> out) {
  fill(rows, rows_);
  fill(columns, columns_);
  const SourceRange wanted = source_range(rows);
  const int first_row = wanted.first - rows.origin;
  resize_columns(source, first_row, wanted.end - rows.origin);
  sums_.resize(columns_.taps.size() * 3);
  uint8_t* target = out.data();
  for (const Tap& tap : rows_.taps) {
    blend_rows(tap, first_row, target);
    target += sums_.size();
  }
}

}  // namespace train_backbone::data
