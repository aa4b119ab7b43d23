#include "data/prepare/jpeg_encoder.h"

#include <cstdio>  // jpeglib.h needs it before

#include <jpeglib.h>

#include <array>
#include <csetjmp>
#include <cstdlib>
#include <string>

#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

constexpr int kChannels = 3;

struct Errors : jpeg_error_mgr {
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
};

// libjpeg's state and the memory it writes to.
struct Encoder {
  jpeg_compress_struct info = {};
  Errors errors = {};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    jpeg_destroy_compress(&info);
    std::free(bytes);
  }
};

void on_error(j_common_ptr info) {
  auto* errors = static_cast<Errors*>(info->err);
  errors->format_message(info, errors->message.data());
  std::longjmp(errors->jump, 1);
}

// False when libjpeg reported an error. Holds nothing that needs a destructor: libjpeg jumps over
// it.
bool compress(Encoder& encoder, const Image& image, int quality) {
  if (setjmp(encoder.errors.jump) != 0) return false;
  jpeg_compress_struct& info = encoder.info;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &encoder.bytes, &encoder.size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = kChannels;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  const size_t stride = static_cast<size_t>(image.width) * kChannels;
  while (info.next_scanline < info.image_height) {
    // libjpeg's signature lacks const; it does not write to the rows.
    auto* row = const_cast<JSAMPLE*>(image.pixels.data() + info.next_scanline * stride);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

void encode_jpeg(const Image& image, int quality, std::vector<uint8_t>& encoded) {
  Encoder encoder;
  encoder.info.err = jpeg_std_error(&encoder.errors);
  encoder.errors.error_exit = on_error;
  if (!compress(encoder, image, quality)) {
    throw ImageError(std::string("cannot be encoded as JPEG: ") + encoder.errors.message.data());
  }
  encoded.assign(encoder.bytes, encoder.bytes + encoder.size);
}

}  // namespace train_backbone::data
