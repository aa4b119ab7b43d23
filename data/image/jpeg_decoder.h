#pragma once

#include <cstdio>  // jpeglib.h needs it before

#include <jpeglib.h>

#include <array>
#include <csetjmp>
#include <cstdint>
#include <span>
#include <vector>

#include "data/image/entropy_decoder.h"
#include "data/image/pixel_view.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {

// How a JPEG's pixels are computed.
struct JpegStyle {
  bool fast_transform = false;  // libjpeg's IFAST instead of ISLOW: less exact, hardly faster
  // Crop exactly at the box, as TensorFlow does: near the box's left and right edge chroma is then
  // upsampled as if the picture ended there. Else the box equals that part of a whole decode.
  bool hard_crop = false;
};

// Decodes one JPEG at a time through libjpeg-turbo with fancy upsampling. Every answer depends
// on the file's bytes alone: libjpeg's state is made afresh per file, because a reused one would
// lend the tables of one file to a damaged next one. Not thread safe; not movable (libjpeg keeps
// pointers into it).
class JpegDecoder {
 public:
  explicit JpegDecoder(const JpegStyle& style = {}) : style_(style) {}
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() { close(); }

  // Reads the header. `encoded` must stay alive until decode() has returned. Throws ImageError.
  ImageHeader open(std::span<const uint8_t> encoded);

  // Decodes the box of the opened file and closes it; the view points into `pixels`, which grows
  // where needed. The box's pixels equal those of a whole decode, unless the style says hard_crop.
  // For the whole picture the rows lie in `pixels` without padding. Rows below the box are not
  // read: damage there stays unseen, but a file without its end marker is always an error. Throws
  // ImageError.
  PixelView decode(const PixelBox& box, std::vector<uint8_t>& pixels);

  // Entropy decoding of the rows down to the box's last block row, and nothing else; closes the
  // file. Throws ImageError.
  void decode_entropy(const PixelBox& box);

  void close();

 private:
  struct Errors : jpeg_error_mgr {
    std::jmp_buf jump;
    std::array<char, JMSG_LENGTH_MAX> message;
  };
  // What of the picture is decoded to serve a box.
  struct Region {
    JDIMENSION top = 0;
    JDIMENSION bottom = 0;  // one past the last row
    JDIMENSION left = 0;
    JDIMENSION width = 0;
  };

  [[noreturn]] static void on_error(j_common_ptr info);
  static void on_message(j_common_ptr info, int level);
  static void on_progress(j_common_ptr info);

  // Runs libjpeg calls; what they report is thrown as ImageError, with the file closed.
  template <class Action>
  void guarded(Action action);
  void read_header(std::span<const uint8_t> encoded);
  static Region exact_region(const PixelBox& box);
  Region region_of(const PixelBox& box);
  void read_rows(const Region& region, uint8_t* pixels);
  void read_cmyk_rows(const Region& region, uint8_t* pixels);
  void finish(const Region& region);
  bool end_marker_follows();
  void start(bool cmyk);
  void crop_columns(Region& region);

  JpegStyle style_;
  jpeg_decompress_struct info_ = {};
  jpeg_progress_mgr progress_ = {};
  Errors errors_ = {};
  EntropyDecoder entropy_;
  bool open_ = false;
  std::vector<uint8_t> cmyk_row_;
};

}  // namespace train_backbone::data
