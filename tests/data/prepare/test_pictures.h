#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// Small pictures and files for the tests of prepare, made on the spot.
namespace train_backbone::data {

enum class JpegKind { kRgb, kGray, kCmyk };

// A picture whose colours depend on position and `shade`. CMYK is written as Adobe's programs do,
// inverted.
std::string make_jpeg(int height, int width, int shade, JpegKind kind = JpegKind::kRgb);
std::string make_png(int height, int width, int shade);

// Makes the folders in between too.
void write_file(const std::filesystem::path& path, const std::string& content);
std::string read_whole(const std::filesystem::path& path);

// An IDX file of unsigned bytes.
std::string make_idx(const std::vector<uint32_t>& dimensions, const std::vector<uint8_t>& values);
void write_gzip(const std::filesystem::path& path, const std::string& content);

// An empty folder of its own for a test.
std::filesystem::path fresh_folder(const std::string& name);

}  // namespace train_backbone::data
