#include "data/image/sampled_box.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace train_backbone::data {
namespace {

struct AreaRange {
  float low;
  float high;
};

int width_for(int height, float aspect) {
  return static_cast<int>(std::lrintf(static_cast<float>(height) * aspect));
}

float area_of(const PixelBox& box) {
  return static_cast<float>(box.height) * static_cast<float>(box.width);
}

// The greatest height whose box of this aspect has at most the area and fits the picture.
int greatest_height(const PixelBox& picture, float aspect, float max_area) {
  int height = static_cast<int>(std::lrintf(std::sqrt(max_area / aspect)));
  if (width_for(height, aspect) > picture.width) {
    constexpr double kEpsilon = 1e-7;
    height = static_cast<int>((picture.width + 0.5 - kEpsilon) / static_cast<double>(aspect));
    if (width_for(height, aspect) > picture.width) {
      --height;
    }
  }
  return std::min(height, picture.height);
}

int draw_offset(int free, core::SampleRng& rng) {
  return free > 0 ? static_cast<int>(rng.below(static_cast<uint32_t>(free))) : 0;
}

// One try, or nothing when the rounded box leaves the limits.
std::optional<PixelBox> draw_box(const PixelBox& picture, const AreaRange& area, float aspect,
                                 core::SampleRng& rng) {
  const int high = greatest_height(picture, aspect, area.high);
  const int low = std::min(static_cast<int>(std::lrintf(std::sqrt(area.low / aspect))), high);
  PixelBox box = {.height = low};
  if (low < high) {
    box.height += static_cast<int>(rng.below(static_cast<uint32_t>(high - low + 1)));
  }
  box.width = width_for(box.height, aspect);
  if (area_of(box) < area.low) {
    box.width = width_for(++box.height, aspect);
  }
  if (area_of(box) > area.high) {
    box.width = width_for(--box.height, aspect);
  }
  if (area_of(box) < area.low || area_of(box) > area.high || box.width > picture.width ||
      box.height > picture.height || box.width <= 0 || box.height <= 0) {
    return std::nullopt;
  }
  box.top = draw_offset(picture.height - box.height, rng);
  box.left = draw_offset(picture.width - box.width, rng);
  return box;
}

}  // namespace

PixelBox sample_box(int height, int width, core::SampleRng& rng, const SampledBoxLimits& limits) {
  const PixelBox picture = {.height = height, .width = width};
  const AreaRange area = {limits.min_area * static_cast<float>(width) * static_cast<float>(height),
                          limits.max_area * static_cast<float>(width) * static_cast<float>(height)};
  for (int attempt = 0; attempt < limits.tries; ++attempt) {
    const float aspect =
        rng.uniform() * (limits.max_aspect - limits.min_aspect) + limits.min_aspect;
    const auto box = draw_box(picture, area, aspect, rng);
    if (box && area_of(*box) >= limits.min_covered * area_of(picture)) {
      return *box;
    }
  }
  return picture;
}

}  // namespace train_backbone::data
