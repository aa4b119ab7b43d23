#include "pictures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "train_backbone/core/files.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::data {

std::vector<uint8_t> read_golden(const std::string& name, const std::string& folder) {
  const std::string bytes = core::read_file(TB_GOLDEN_DIR "/" + folder + "/" + name);
  return {bytes.begin(), bytes.end()};
}

Image make_picture(int height, int width) {
  core::SampleRng rng(3, core::RngStream::kInit, static_cast<uint64_t>(height),
                      static_cast<uint64_t>(width));
  Image image{.height = height, .width = width, .pixels = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double values[] = {127 + 110 * std::sin(x / 9.0) * std::cos(y / 13.0),
                               250.0 * y / height, (x / 11 + y / 7) % 2 == 0 ? 30.0 : 220.0};
      for (const double value : values) {
        const double noisy = value + 8 * rng.normal();
        image.pixels.push_back(static_cast<uint8_t>(std::clamp(noisy, 0.0, 255.0)));
      }
    }
  }
  return image;
}

Image decoded(const std::vector<uint8_t>& encoded) {
  Image image;
  decode(encoded, image);
  return image;
}

int greatest_difference(const std::vector<uint8_t>& one, const std::vector<uint8_t>& other) {
  if (one.size() != other.size()) {
    return 256;
  }
  int greatest = 0;
  for (size_t index = 0; index < one.size(); ++index) {
    greatest = std::max(greatest, std::abs(one[index] - other[index]));
  }
  return greatest;
}

}  // namespace train_backbone::data
