#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "train_backbone/data/image/image.h"

namespace train_backbone::data {

// A picture as it goes into a record.
struct ConvertedPicture {
  std::span<const uint8_t> encoded;
  int height = 0;
  int width = 0;
  std::string_view format;  // "JPEG" or "PNG"
  bool converted = false;   // encoded anew
};

// Whether a JPEG ends: behind the first scan's header there is an end marker (FF D9), with
// whatever writers append behind it. Inside scan data FF D9 cannot occur, and
// previews in the headers are passed over.
bool has_jpeg_end(std::span<const uint8_t> encoded);

// Whether a PNG has its IEND chunk.
bool has_png_end(std::span<const uint8_t> encoded);

// Makes training pictures out of files. Gray, YCbCr and RGB JPEG stay as they are after a look at
// header and end marker; CMYK and YCCK JPEG and PNG become RGB JPEG (with `keep_png` PNG stays).
// Not thread safe: each worker has its own.
class PictureConverter {
 public:
  struct Options {
    bool keep_png = false;
    bool verify = false;  // decode each one whole
    int jpeg_quality = 95;
  };
  explicit PictureConverter(const Options& options) : options_(options) {}

  // The answer's bytes lie in `encoded` or in this object, until the next call.
  // Throws ImageError when the picture cannot be used.
  ConvertedPicture convert(std::span<const uint8_t> encoded);

 private:
  Options options_;
  Image image_;
  std::vector<uint8_t> encoded_;
};

}  // namespace train_backbone::data
