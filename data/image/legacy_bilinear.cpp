#include "data/image/legacy_bilinear.h"

#include <algorithm>

namespace train_backbone::data {
namespace {

// What blend_columns() reads from the beginning of a pixel.
constexpr ptrdiff_t kPairBytes = sizeof(uint64_t);

// Positions are not negative: cutting is rounding down.
BilinearTap tap_at(const ResizeAxis& axis, int64_t output) {
  const float scale = static_cast<float>(axis.source) / static_cast<float>(axis.target);
  const float position = static_cast<float>(output) * scale;
  const int lower = static_cast<int>(position);
  const float weight = position - static_cast<float>(lower);
  const int last = axis.source - 1;
  return {std::min(lower, last), std::min(weight > 0 ? lower + 1 : lower, last), weight};
}

}  // namespace

SourceRange source_range(const ResizeAxis& axis) {
  return {tap_at(axis, axis.first).lower, tap_at(axis, axis.first + axis.count - 1).upper + 1};
}

BilinearTap bilinear_tap(const ResizeAxis& axis, int output) {
  const BilinearTap tap = tap_at(axis, axis.first + output);
  const auto place = [&axis](int source) {
    return (axis.mirrored ? axis.source - 1 - source : source) - axis.origin;
  };
  return {place(tap.lower), place(tap.upper), tap.weight};
}

// A pixel that is its own neighbour begins its pair and takes all of the weight: the other half of
// the pair, which may be any bytes, is multiplied by an exact zero or taken off again exactly.
void LegacyBilinear::set_columns(const ResizeAxis& columns) {
  const auto count = static_cast<size_t>(columns.count);
  padded_count_ = (count + kPixelGroup - 1) / kPixelGroup * kPixelGroup;
  mirrored_ = columns.mirrored;
  offsets_.assign(padded_count_, 0);
  weights_.assign(padded_count_ / kPixelGroup, {});
  for (int output = 0; output < columns.count; ++output) {
    const BilinearTap tap = bilinear_tap(columns, output);
    const float own = mirrored_ ? 1.0F : 0.0F;
    const auto at = static_cast<size_t>(output);
    offsets_[at] = std::min(tap.lower, tap.upper) * 3;
    float* weight = weights_[at / kPixelGroup].values + 4 * (at % kPixelGroup);
    std::fill_n(weight, 4, tap.lower == tap.upper ? own : tap.weight);
  }
}

// The kernel reads past a row's last pixel: into the next row, or into a copy where there is none.
const uint8_t* LegacyBilinear::readable_row(const PixelView& source, int row) {
  const uint8_t* pixels = source.pixels + row * source.stride;
  if ((source.height - 1 - row) * source.stride >= kPairBytes) {
    return pixels;
  }
  const ptrdiff_t bytes = ptrdiff_t{source.width} * 3;
  last_row_.resize(static_cast<size_t>(bytes + kPairBytes));
  std::copy_n(pixels, bytes, last_row_.begin());
  return last_row_.data();
}

const float* LegacyBilinear::resized_row(const PixelView& source, int row, int kept) {
  for (int slot = 0; slot < 2; ++slot) {
    if (resized_from_[slot] == row) {
      return resized_[slot].front().values;
    }
  }
  const int slot = resized_from_[0] == kept ? 1 : 0;
  resized_from_[slot] = row;
  float* out = resized_[slot].front().values;
  blend_columns(readable_row(source, row), offsets_.data(), weights_.front().values, padded_count_,
                mirrored_, pairs_.front().values, out);
  return out;
}

void LegacyBilinear::resize(const PixelView& source, const ResizeAxis& rows,
                            const ResizeAxis& columns, std::span<uint8_t> out) {
  set_columns(columns);
  const size_t groups = padded_count_ / kPixelGroup;
  pairs_.resize(groups);
  four_lanes_.resize(4 * padded_count_);
  for (int slot = 0; slot < 2; ++slot) {
    resized_[slot].resize(groups);
    resized_from_[slot] = -1;
  }
  uint8_t* target = out.data();
  for (int row = 0; row < rows.count; ++row) {
    const BilinearTap tap = bilinear_tap(rows, row);
    const float* top = resized_row(source, tap.lower, tap.upper);
    const float* bottom = resized_row(source, tap.upper, tap.lower);
    blend_rows(top, bottom, tap.weight, padded_count_, static_cast<size_t>(columns.count),
               four_lanes_.data(), target);
    target += ptrdiff_t{columns.count} * 3;
  }
}

}  // namespace train_backbone::data
