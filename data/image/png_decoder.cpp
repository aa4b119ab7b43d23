#include "data/image/png_decoder.h"

#include <algorithm>
#include <cstdio>

#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

// Deflate makes at most 1032 bytes of one, each of which holds 8 pixels at most.
constexpr int64_t kMaxPixelsPerByte = int64_t{8} * 1032;

}  // namespace

void PngDecoder::on_error(png_structp png, png_const_charp message) {
  auto* self = static_cast<PngDecoder*>(png_get_error_ptr(png));
  std::snprintf(self->message_.data(), self->message_.size(), "damaged PNG: %s", message);
  std::longjmp(self->jump_, 1);
}

void PngDecoder::on_read(png_structp png, png_bytep bytes, size_t count) {
  auto* self = static_cast<PngDecoder*>(png_get_io_ptr(png));
  if (count > self->unread_.size()) {
    png_error(png, "it ends too early");
  }
  std::copy_n(self->unread_.begin(), count, bytes);
  self->unread_ = self->unread_.subspan(count);
}

// The jump passes over `action` and libpng only: neither may own anything that needs a destructor.
template <class Action>
void PngDecoder::guarded(Action action) {
  if (setjmp(jump_) != 0) {
    close();
    throw ImageError(message_.data());
  }
  action();
}

ImageHeader PngDecoder::open(std::span<const uint8_t> encoded) {
  close();
  unread_ = encoded;
  guarded([this] {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &on_error, &on_warning);
    info_ = png_create_info_struct(png_);
    png_set_read_fn(png_, this, &on_read);
    png_read_info(png_, info_);
  });
  const int64_t width = png_get_image_width(png_, info_);
  const int64_t height = png_get_image_height(png_, info_);
  if (width * height > kMaxPixels) {
    throw ImageError(
        core::format("{} x {} pixels are more than the {} allowed", width, height, kMaxPixels));
  }
  // Before a damaged or made-up header costs memory.
  if (width * height / kMaxPixelsPerByte > static_cast<int64_t>(encoded.size())) {
    throw ImageError(core::format("damaged PNG: {} x {} pixels are not in {} bytes", width, height,
                                  encoded.size()));
  }
  const auto type = png_get_color_type(png_, info_);
  const bool color = (type & PNG_COLOR_MASK_COLOR) != 0;
  const int alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 ? 1 : 0;
  return {.format = ImageFormat::kPng,
          .height = static_cast<int>(height),
          .width = static_cast<int>(width),
          .channels = (color ? 3 : 1) + alpha,
          .color = color ? ColorSpace::kRgbOrYcc : ColorSpace::kGray};
}

void PngDecoder::choose_rgb() {
  png_set_expand(png_);  // palette to RGB, fewer than 8 bits to 8
  png_set_strip_16(png_);
  png_set_gray_to_rgb(png_);
  png_set_strip_alpha(png_);
  png_set_interlace_handling(png_);
  png_read_update_info(png_, info_);
}

void PngDecoder::decode(std::vector<uint8_t>& pixels) {
  guarded([this] { choose_rgb(); });
  const size_t height = png_get_image_height(png_, info_);
  const size_t stride = size_t{png_get_image_width(png_, info_)} * 3;
  if (png_get_rowbytes(png_, info_) != stride) {
    close();
    throw ImageError("PNG of an unknown kind");
  }
  if (pixels.size() < stride * height) {
    pixels.resize(stride * height);
  }
  rows_.resize(height);
  for (size_t row = 0; row < height; ++row) {
    rows_[row] = pixels.data() + row * stride;
  }
  guarded([this] {
    png_read_image(png_, rows_.data());
    png_read_end(png_, nullptr);
  });
  close();
}

void PngDecoder::close() {
  if (png_ != nullptr) {
    png_destroy_read_struct(&png_, &info_, nullptr);
  }
}

}  // namespace train_backbone::data
