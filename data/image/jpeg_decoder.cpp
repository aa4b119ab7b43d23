#include "data/image/jpeg_decoder.h"

#include <jerror.h>

#include <algorithm>
#include <string>

#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

// Memory that libjpeg may take for the coefficients of a file with several scans.
constexpr long kMaxLibraryBytes = 1L << 30;
// Encoders write about ten scans; each one costs a pass over the picture, which may take a
// nanosecond per pixel: a small file must not keep a worker busy for longer than some seconds.
constexpr int kMaxScans = 200;
constexpr int64_t kMaxScannedPixels = int64_t{1} << 32;
// Huffman codes take a bit at least, and each block of 8 x 8 pixels of one channel at least one
// (sequential files: two). Arithmetic codes have no such bound: as PNG's.
constexpr int64_t kMaxPixelsPerByte = int64_t{8} * DCTSIZE2;
constexpr int64_t kMaxArithmeticPixelsPerByte = int64_t{8} * 1032;
// Fancy upsampling needs more than two chroma columns; narrower boxes are not worth a crop.
constexpr JDIMENSION kMinCropWidth = 64;
// Chroma at a crop's edge is upsampled as if the picture ended there: one more pixel on each side
// moves that edge out of the box.
constexpr int kBorder = 1;

ColorSpace color_of(J_COLOR_SPACE space) {
  switch (space) {
    case JCS_GRAYSCALE:
      return ColorSpace::kGray;
    case JCS_YCbCr:
    case JCS_RGB:
      return ColorSpace::kRgbOrYcc;
    case JCS_CMYK:
    case JCS_YCCK:
      return ColorSpace::kCmykOrYcck;
    default:
      throw ImageError("JPEG with an unknown colour space");
  }
}

// As TensorFlow's decoder: Adobe's programs store the inverse of the ink.
void cmyk_to_rgb(const uint8_t* cmyk, JDIMENSION width, bool inverted, uint8_t* rgb) {
  const int flip = inverted ? 0 : 255;
  for (JDIMENSION x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const int key = cmyk[3] ^ flip;
    for (int channel = 0; channel < 3; ++channel) {
      rgb[channel] = static_cast<uint8_t>((cmyk[channel] ^ flip) * key / 255);
    }
  }
}

}  // namespace

void JpegDecoder::on_error(j_common_ptr info) {
  auto* errors = static_cast<Errors*>(info->err);
  errors->format_message(info, errors->message.data());
  std::longjmp(errors->jump, 1);
}

// A warning means that libjpeg went on with invented pixels. Only an unknown JFIF version and bytes
// between the last scan and the end marker, which some of ImageNet's files have, say nothing about
// them.
void JpegDecoder::on_message(j_common_ptr info, int level) {
  const jpeg_error_mgr& message = *info->err;
  const bool before_end =
      message.msg_code == JWRN_EXTRANEOUS_DATA && message.msg_parm.i[1] == JPEG_EOI;
  if (level < 0 && message.msg_code != JWRN_JFIF_MAJOR && !before_end) {
    on_error(info);
  }
}

void JpegDecoder::on_progress(j_common_ptr info) {
  // libjpeg calls this only for a decompressor, whose struct begins with the common part.
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  const int64_t pixels = int64_t{decoder->image_width} * decoder->image_height;
  const int64_t allowed = std::min(int64_t{kMaxScans}, kMaxScannedPixels / pixels);
  if (decoder->input_scan_number > allowed) {
    auto* errors = static_cast<Errors*>(info->err);
    std::snprintf(errors->message.data(), errors->message.size(),
                  "progressive JPEG of %u x %u pixels with more than %d scans",
                  decoder->image_width, decoder->image_height, static_cast<int>(allowed));
    std::longjmp(errors->jump, 1);
  }
}

// The jump passes over `action` and libjpeg only: neither may own anything that needs a destructor.
template <class Action>
void JpegDecoder::guarded(Action action) {
  if (setjmp(errors_.jump) != 0) {
    close();
    throw ImageError(errors_.message.data());
  }
  action();
}

ImageHeader JpegDecoder::open(std::span<const uint8_t> encoded) {
  close();
  read_header(encoded);
  const int64_t pixels = int64_t{info_.image_width} * info_.image_height;
  if (pixels > kMaxPixels) {
    throw ImageError(core::format("{} x {} pixels are more than the {} allowed", info_.image_width,
                                  info_.image_height, kMaxPixels));
  }
  // Before a damaged or made-up header costs memory.
  const int64_t per_byte =
      info_.arith_code != FALSE ? kMaxArithmeticPixelsPerByte : kMaxPixelsPerByte;
  if (pixels / per_byte > static_cast<int64_t>(encoded.size())) {
    throw ImageError(core::format("Premature end of JPEG file: {} x {} pixels are not in {} bytes",
                                  info_.image_width, info_.image_height, encoded.size()));
  }
  return {.format = ImageFormat::kJpeg,
          .height = static_cast<int>(info_.image_height),
          .width = static_cast<int>(info_.image_width),
          .channels = info_.num_components,
          .color = color_of(info_.jpeg_color_space)};
}

void JpegDecoder::read_header(std::span<const uint8_t> encoded) {
  info_ = {};
  info_.err = jpeg_std_error(&errors_);
  errors_.error_exit = &on_error;
  errors_.emit_message = &on_message;
  open_ = true;
  guarded([this, encoded] {
    jpeg_CreateDecompress(&info_, JPEG_LIB_VERSION, sizeof(info_));
    info_.mem->max_memory_to_use = kMaxLibraryBytes;
    progress_.progress_monitor = &on_progress;
    info_.progress = &progress_;
    jpeg_mem_src(&info_, encoded.data(), encoded.size());
    jpeg_read_header(&info_, TRUE);
  });
}

void JpegDecoder::start(bool cmyk) {
  info_.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  info_.dct_method = style_.fast_transform ? JDCT_IFAST : JDCT_ISLOW;
  info_.do_fancy_upsampling = TRUE;
  guarded([this] {
    jpeg_start_decompress(&info_);
    entropy_.take_over(&info_);
  });
}

// Skipping all rows would not decode them.
void JpegDecoder::decode_entropy(const PixelBox& box) {
  start(color_of(info_.jpeg_color_space) == ColorSpace::kCmykOrYcck);
  const auto block_rows = static_cast<JDIMENSION>(info_.max_v_samp_factor * DCTSIZE);
  const auto bottom = static_cast<JDIMENSION>(box.top + box.height) / block_rows * block_rows;
  if (bottom < info_.output_height) {
    guarded([this, bottom] { jpeg_skip_scanlines(&info_, bottom); });
  } else if (bottom > block_rows) {
    guarded([this, bottom, block_rows] { jpeg_skip_scanlines(&info_, bottom - block_rows); });
  }
  close();
}

PixelView JpegDecoder::decode(const PixelBox& box, std::vector<uint8_t>& pixels) {
  const bool cmyk = color_of(info_.jpeg_color_space) == ColorSpace::kCmykOrYcck;
  start(cmyk);
  Region region = style_.hard_crop ? exact_region(box) : region_of(box);
  if (style_.hard_crop || region.width < info_.output_width) {
    crop_columns(region);
  }
  const size_t stride = size_t{region.width} * 3;
  const size_t bytes = stride * (region.bottom - region.top);
  if (pixels.size() < bytes) {
    pixels.resize(bytes);
  }
  if (cmyk) {
    cmyk_row_.resize(size_t{region.width} * 4);
    read_cmyk_rows(region, pixels.data());
  } else {
    read_rows(region, pixels.data());
  }
  finish(region);
  const auto row = static_cast<size_t>(box.top) - region.top;
  const auto column = static_cast<size_t>(box.left) - region.left;
  return {.pixels = pixels.data() + row * stride + column * 3,
          .stride = static_cast<ptrdiff_t>(stride),
          .height = box.height,
          .width = box.width};
}

// libjpeg widens the region to the left, up to the edge of an MCU.
void JpegDecoder::crop_columns(Region& region) {
  guarded([this, &region] { jpeg_crop_scanline(&info_, &region.left, &region.width); });
  const auto mcu_width =
      static_cast<JDIMENSION>(DCTSIZE * (info_.comps_in_scan == 1 ? 1 : info_.max_h_samp_factor));
  const JDIMENSION end = region.left + region.width;
  entropy_.want_columns(region.left / mcu_width, (end + mcu_width - 1) / mcu_width);
}

// As TensorFlow's decoder has it.
JpegDecoder::Region JpegDecoder::exact_region(const PixelBox& box) {
  return {.top = static_cast<JDIMENSION>(box.top),
          .bottom = static_cast<JDIMENSION>(box.top + box.height),
          .left = static_cast<JDIMENSION>(box.left),
          .width = static_cast<JDIMENSION>(box.width)};
}

// Files with several scans are read to their end before the first row, so little is saved there,
// and smoothing of coarse scans would make the box depend on what lies around it: whole rows from
// the top.
JpegDecoder::Region JpegDecoder::region_of(const PixelBox& box) {
  Region region = {.top = 0,
                   .bottom = static_cast<JDIMENSION>(box.top + box.height),
                   .left = 0,
                   .width = info_.output_width};
  if (jpeg_has_multiple_scans(&info_)) {
    return region;
  }
  region.top = static_cast<JDIMENSION>(box.top);
  const auto left = static_cast<JDIMENSION>(std::max(0, box.left - kBorder));
  const auto right =
      std::min(info_.output_width, static_cast<JDIMENSION>(box.left + box.width + kBorder));
  if (right - left >= kMinCropWidth) {
    region.left = left;
    region.width = right - left;
  }
  return region;
}

void JpegDecoder::read_rows(const Region& region, uint8_t* pixels) {
  guarded([this, &region, pixels] {
    jpeg_skip_scanlines(&info_, region.top);
    const size_t stride = size_t{region.width} * 3;
    constexpr JDIMENSION kRows = 8;
    while (info_.output_scanline < region.bottom) {
      const JDIMENSION count = std::min(kRows, region.bottom - info_.output_scanline);
      uint8_t* first = pixels + (info_.output_scanline - region.top) * stride;
      std::array<JSAMPROW, kRows> rows;
      for (JDIMENSION row = 0; row < count; ++row) {
        rows[row] = first + row * stride;
      }
      jpeg_read_scanlines(&info_, rows.data(), count);
    }
  });
}

void JpegDecoder::read_cmyk_rows(const Region& region, uint8_t* pixels) {
  guarded([this, &region, pixels] {
    jpeg_skip_scanlines(&info_, region.top);
    const size_t stride = size_t{region.width} * 3;
    JSAMPROW row = cmyk_row_.data();
    while (info_.output_scanline < region.bottom) {
      uint8_t* rgb = pixels + (info_.output_scanline - region.top) * stride;
      jpeg_read_scanlines(&info_, &row, 1);
      cmyk_to_rgb(row, region.width, info_.saw_Adobe_marker != FALSE, rgb);
    }
  });
}

void JpegDecoder::finish(const Region& region) {
  if (region.bottom == info_.output_height) {
    guarded([this] { jpeg_finish_decompress(&info_); });  // reads up to the end marker
  } else if (!end_marker_follows()) {
    close();
    throw ImageError("Premature end of JPEG file: no end marker");
  }
  close();
}

// Entropy-coded data never contains FF D9, so this finds a real marker. Its usual place is the end.
bool JpegDecoder::end_marker_follows() {
  if (info_.unread_marker == JPEG_EOI || jpeg_input_complete(&info_)) {
    return true;
  }
  const JOCTET* bytes = info_.src->next_input_byte;
  for (size_t end = info_.src->bytes_in_buffer; end >= 2; --end) {
    if (bytes[end - 2] == 0xFF && bytes[end - 1] == JPEG_EOI) {
      return true;
    }
  }
  return false;
}

void JpegDecoder::close() {
  if (open_) {
    jpeg_destroy_decompress(&info_);
    open_ = false;
  }
}

}  // namespace train_backbone::data
