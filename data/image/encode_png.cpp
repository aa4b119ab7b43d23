#include "train_backbone/data/image/encode_png.h"

#include <png.h>

#include <string>

#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {

void encode_png(std::span<const uint8_t> pixels, int height, int width, int channels,
                std::vector<uint8_t>& encoded) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.height = static_cast<png_uint_32>(height);
  image.width = static_cast<png_uint_32>(width);
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  encoded.resize(bytes);
  if (png_image_write_to_memory(&image, encoded.data(), &bytes, 0, pixels.data(), width * channels,
                                nullptr) == 0) {
    throw ImageError(std::string("cannot be encoded as PNG: ") + image.message);
  }
  encoded.resize(bytes);
}

}  // namespace train_backbone::data
