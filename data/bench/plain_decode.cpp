#include "train_backbone/data/bench/plain_decode.h"

#include <cstdio>  // jpeglib.h needs it before

#include <jpeglib.h>

#include <array>
#include <csetjmp>

#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

struct JumpingErrors : jpeg_error_mgr {
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> message;
};

void jump_on_error(j_common_ptr info) {
  auto* errors = static_cast<JumpingErrors*>(info->err);
  errors->format_message(info, errors->message.data());
  std::longjmp(errors->jump, 1);
}

// Trivial destructor: a jump may pass over it.
struct Rows {
  uint8_t* first;
  size_t stride;
};

void read_rows(jpeg_decompress_struct& info, const Rows& rows) {
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = rows.first + info.output_scanline * rows.stride;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
}

void decode_jpeg(std::span<const uint8_t> encoded, std::vector<uint8_t>& pixels) {
  jpeg_decompress_struct info = {};
  JumpingErrors errors = {};
  info.err = jpeg_std_error(&errors);
  errors.error_exit = &jump_on_error;
  if (setjmp(errors.jump) != 0) {
    jpeg_destroy_decompress(&info);
    throw ImageError(errors.message.data());
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, encoded.data(), encoded.size());
  jpeg_read_header(&info, TRUE);
  const bool four_inks = info.num_components == 4;
  info.out_color_space = four_inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&info);
  const size_t stride = size_t{info.output_width} * static_cast<size_t>(info.output_components);
  if (pixels.size() < stride * info.output_height) {
    pixels.resize(stride * info.output_height);
  }
  read_rows(info, {pixels.data(), stride});
  jpeg_destroy_decompress(&info);
}

}  // namespace

void plain_decode(std::span<const uint8_t> encoded, std::vector<uint8_t>& pixels) {
  if (detect_format(encoded) == ImageFormat::kJpeg) {
    decode_jpeg(encoded, pixels);
    return;
  }
  Image image;
  image.pixels.swap(pixels);
  decode(encoded, image);
  image.pixels.swap(pixels);
}

}  // namespace train_backbone::data
