#pragma once

#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdint>
#include <span>
#include <vector>

#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {

// Decodes one PNG at a time through libpng: any depth (16 bits cut to the upper 8), palette, gray;
// alpha is dropped and no gamma applied. Not thread safe; not movable (libpng keeps pointers to
// it).
class PngDecoder {
 public:
  PngDecoder() = default;
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;
  ~PngDecoder() { close(); }

  // Reads the header. `encoded` must stay alive until decode() has returned. Throws ImageError.
  ImageHeader open(std::span<const uint8_t> encoded);

  // Decodes the whole opened file to RGB rows without padding at the beginning of `pixels`, which
  // grows where needed, and closes the file. Throws ImageError.
  void decode(std::vector<uint8_t>& pixels);

  void close();

 private:
  [[noreturn]] static void on_error(png_structp png, png_const_charp message);
  static void on_warning(png_structp, png_const_charp) {}  // libpng warns of side information only
  static void on_read(png_structp png, png_bytep bytes, size_t count);

  // Runs libpng calls; what they report is thrown as ImageError, with the file closed.
  template <class Action>
  void guarded(Action action);
  void choose_rgb();

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::span<const uint8_t> unread_;
  std::jmp_buf jump_;
  std::array<char, 128> message_ = {};
  std::vector<png_bytep> rows_;
};

}  // namespace train_backbone::data
