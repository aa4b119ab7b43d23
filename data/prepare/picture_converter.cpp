#include "data/prepare/picture_converter.h"

#include <algorithm>
#include <array>

#include "data/prepare/jpeg_encoder.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

constexpr uint8_t kMarker = 0xFF;
constexpr uint8_t kStartOfScan = 0xDA;
constexpr std::array<uint8_t, 2> kEndOfImage = {0xFF, 0xD9};
// The whole chunk with its checksum, which does not come about by chance.
constexpr std::array<uint8_t, 12> kPngEnd = {0,   0,   0,    0,    'I',  'E',
                                             'N', 'D', 0xAE, 0x42, 0x60, 0x82};

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

// Looked for from the end, where it usually is.
bool holds(std::span<const uint8_t> bytes, std::span<const uint8_t> mark) {
  return std::search(bytes.rbegin(), bytes.rend(), mark.rbegin(), mark.rend()) != bytes.rend();
}

}  // namespace

bool has_jpeg_end(std::span<const uint8_t> encoded) {
  return holds(encoded.subspan(first_scan(encoded)), kEndOfImage);
}

bool has_png_end(std::span<const uint8_t> encoded) { return holds(encoded, kPngEnd); }

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
