#include "data/image/resized_crop.h"

#include <algorithm>
#include <cmath>

namespace train_backbone::data {
namespace {

constexpr int kTries = 10;
constexpr double kMinArea = 0.08;
constexpr double kMinAspect = 3.0 / 4.0;
constexpr double kMaxAspect = 4.0 / 3.0;

// As Python's round(): half to even, the default rounding mode.
int rounded(double value) { return static_cast<int>(std::lrint(value)); }

int draw_offset(int free, core::SampleRng& rng) {
  return static_cast<int>(rng.below(static_cast<uint32_t>(free) + 1));
}

PixelBox central_crop(int height, int width) {
  const double aspect = static_cast<double>(width) / height;
  PixelBox box = {.height = height, .width = width};
  if (aspect < kMinAspect) {
    box.height = std::min(height, rounded(width / kMinAspect));
  } else if (aspect > kMaxAspect) {
    box.width = std::min(width, rounded(height * kMaxAspect));
  }
  box.top = (height - box.height) / 2;
  box.left = (width - box.width) / 2;
  return box;
}

}  // namespace

PixelBox sample_resized_crop(int height, int width, core::SampleRng& rng) {
  const double area = static_cast<double>(height) * width;
  const double low = std::log(kMinAspect);
  const double high = std::log(kMaxAspect);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const double target = area * (kMinArea + (1 - kMinArea) * rng.uniform_double());
    const double aspect = std::exp(low + (high - low) * rng.uniform_double());
    PixelBox box = {.height = rounded(std::sqrt(target / aspect)),
                    .width = rounded(std::sqrt(target * aspect))};
    if (box.width > 0 && box.width <= width && box.height > 0 && box.height <= height) {
      box.top = draw_offset(height - box.height, rng);
      box.left = draw_offset(width - box.width, rng);
      return box;
    }
  }
  return central_crop(height, width);
}

}  // namespace train_backbone::data
