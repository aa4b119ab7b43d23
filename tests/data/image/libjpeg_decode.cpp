#include "libjpeg_decode.h"

#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>

namespace train_backbone::data {
namespace {

struct Errors : jpeg_error_mgr {
  std::jmp_buf jump;
};

void on_error(j_common_ptr info) { std::longjmp(static_cast<Errors*>(info->err)->jump, 1); }

void on_message(j_common_ptr info, int level) {
  const bool harmless =
      info->err->msg_code == JWRN_JFIF_MAJOR ||
      (info->err->msg_code == JWRN_EXTRANEOUS_DATA && info->err->msg_parm.i[1] == JPEG_EOI);
  if (level < 0 && !harmless) on_error(info);
}

bool decode_into(std::span<const uint8_t> encoded, Image& image, jpeg_decompress_struct& info,
                 Errors& errors) {
  if (setjmp(errors.jump) != 0) return false;
  jpeg_CreateDecompress(&info, JPEG_LIB_VERSION, sizeof(info));
  jpeg_mem_src(&info, encoded.data(), encoded.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  image.height = static_cast<int>(info.output_height);
  image.width = static_cast<int>(info.output_width);
  const size_t stride = size_t{info.output_width} * 3;
  image.pixels.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = image.pixels.data() + info.output_scanline * stride;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

}  // namespace

std::optional<Image> libjpeg_decode(std::span<const uint8_t> encoded) {
  jpeg_decompress_struct info = {};
  Errors errors = {};
  info.err = jpeg_std_error(&errors);
  errors.error_exit = &on_error;
  errors.emit_message = &on_message;
  Image image;
  const bool whole = decode_into(encoded, image, info, errors);
  jpeg_destroy_decompress(&info);
  return whole ? std::optional(image) : std::nullopt;
}

}  // namespace train_backbone::data
