#include "data/prepare/picture_converter.h"

#include <algorithm>
#include <array>

#include "data/prepare/jpeg_encoder.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

constexpr size_t kMaxTailBytes = size_t{64} << 10;
constexpr uint8_t kMarker = 0xFF;
constexpr uint8_t kStartOfScan = 0xDA;
constexpr std::array<uint8_t, 2> kEndOfImage = {0xFF, 0xD9};
constexpr std::array<uint8_t, 4> kPngEnd = {'I', 'E', 'N', 'D'};

// Position behind the first scan's header; the file's size when there is none.
size_t first_scan(std::span<const uint8_t> jpeg) {
  size_t position = 2;
  while (position + 4 <= jpeg.size()) {
    if (jpeg[position] != kMarker) return jpeg.size();
    const uint8_t kind = jpeg[position + 1];
    if (kind == kMarker) {  // fill bytes may stand before a marker
      ++position;
      continue;
    }
    const size_t length = size_t{jpeg[position + 2]} << 8 | jpeg[position + 3];
    position += 2 + length;
    if (kind == kStartOfScan) return std::min(position, jpeg.size());
  }
  return jpeg.size();
}

template <size_t kSize>
bool found_near_end(std::span<const uint8_t> bytes, const std::array<uint8_t, kSize>& mark) {
  const size_t tail = std::min(bytes.size(), kMaxTailBytes + mark.size());
  const auto last = bytes.last(tail);
  return std::find_end(last.begin(), last.end(), mark.begin(), mark.end()) != last.end();
}

}  // namespace

bool has_jpeg_end(std::span<const uint8_t> encoded) {
  return found_near_end(encoded.subspan(first_scan(encoded)), kEndOfImage);
}

bool has_png_end(std::span<const uint8_t> encoded) { return found_near_end(encoded, kPngEnd); }

ConvertedPicture PictureConverter::convert(std::span<const uint8_t> encoded) {
  if (encoded.empty()) throw ImageError("is empty");
  const ImageHeader header = read_header(encoded);
  const bool jpeg = header.format == ImageFormat::kJpeg;
  if (jpeg ? !has_jpeg_end(encoded) : !has_png_end(encoded)) {
    throw ImageError(jpeg ? "JPEG is truncated: it has no end marker"
                          : "PNG is truncated: it has no end chunk");
  }
  ConvertedPicture picture = {.encoded = encoded,
                              .height = header.height,
                              .width = header.width,
                              .format = jpeg ? "JPEG" : "PNG"};
  const bool keep = jpeg ? header.color != ColorSpace::kCmykOrYcck : options_.keep_png;
  if (!keep || options_.verify) decode(encoded, image_);
  if (!keep) {
    encode_jpeg(image_, options_.jpeg_quality, encoded_);
    picture.encoded = encoded_;
    picture.format = "JPEG";
    picture.converted = true;
  }
  return picture;
}

}  // namespace train_backbone::data
