#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {

// Size of most pictures in tests/golden/image, see make_image.py.
inline constexpr int kGoldenHeight = 47;
inline constexpr int kGoldenWidth = 61;

// A file of a folder of tests/golden. Throws core::DataError.
std::vector<uint8_t> read_golden(const std::string& name, const std::string& folder = "image");

// Smooth colours with hard edges and noise.
Image make_picture(int height, int width);

// The decoded picture.
Image decoded(const std::vector<uint8_t>& encoded);

// Greatest difference of two equally long rows of bytes; 256 when the lengths differ.
int greatest_difference(const std::vector<uint8_t>& one, const std::vector<uint8_t>& other);

}  // namespace train_backbone::data
