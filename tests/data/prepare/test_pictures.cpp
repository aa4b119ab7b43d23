#include "test_pictures.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>  // jpeglib.h needs it before

#include <jpeglib.h>

#include <cstdlib>
#include <fstream>

#include "train_backbone/core/files.h"
#include "train_backbone/data/image/encode_png.h"

namespace train_backbone::data {
namespace {

int channels_of(JpegKind kind) {
  return kind == JpegKind::kGray ? 1 : kind == JpegKind::kRgb ? 3 : 4;
}

J_COLOR_SPACE space_of(JpegKind kind) {
  return kind == JpegKind::kGray ? JCS_GRAYSCALE : kind == JpegKind::kRgb ? JCS_RGB : JCS_CMYK;
}

std::vector<uint8_t> pixels_of(int height, int width, int channels, int shade) {
  std::vector<uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        pixels.push_back(static_cast<uint8_t>(shade + 3 * y + 2 * x + 40 * c));
      }
    }
  }
  return pixels;
}

}  // namespace

std::string make_jpeg(int height, int width, int shade, JpegKind kind) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = channels_of(kind);
  info.in_color_space = space_of(kind);
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 90, TRUE);
  if (kind == JpegKind::kCmyk) info.write_Adobe_marker = TRUE;
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> pixels = pixels_of(height, width, channels_of(kind), shade);
  while (info.next_scanline < info.image_height) {
    const size_t stride = static_cast<size_t>(width) * static_cast<size_t>(channels_of(kind));
    JSAMPLE* row = pixels.data() + info.next_scanline * stride;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string jpeg(bytes, bytes + size);
  std::free(bytes);
  return jpeg;
}

std::string make_png(int height, int width, int shade) {
  std::vector<uint8_t> png;
  encode_png(pixels_of(height, width, 1, shade), height, width, 1, png);
  return {png.begin(), png.end()};
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string read_whole(const std::filesystem::path& path) { return core::read_file(path); }

std::string make_idx(const std::vector<uint32_t>& dimensions, const std::vector<uint8_t>& values) {
  std::string idx = {0, 0, 8, static_cast<char>(dimensions.size())};
  for (const uint32_t extent : dimensions) {
    for (int shift = 24; shift >= 0; shift -= 8) idx += static_cast<char>(extent >> shift);
  }
  return idx.append(values.begin(), values.end());
}

void write_gzip(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  const gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, content.data(), static_cast<unsigned>(content.size())),
            static_cast<int>(content.size()));
  ASSERT_EQ(gzclose(file), Z_OK);
}

std::filesystem::path fresh_folder(const std::string& name) {
  // Tests of one suite may run at the same time, each in a process of its own.
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / (name + "." + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace train_backbone::data
