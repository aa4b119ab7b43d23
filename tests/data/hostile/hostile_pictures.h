#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace train_backbone::data {

// A picture that somebody made to harm, or that cameras and editors got wrong.
struct HostilePicture {
  std::string name;
  std::vector<uint8_t> bytes;
  std::string error;     // what the error must hold; empty: the picture must be read
  std::string expected;  // with the pixels of this picture in tests/golden/image; may be empty
};

// Other kinds under a wrong name, odd colours, side information, dimensions, scans.
std::vector<HostilePicture> make_hostile_pictures();

// Every proper beginning of a JPEG, a progressive JPEG and a PNG; none can be read.
std::vector<HostilePicture> make_truncated_pictures();

// A blank progressive gray JPEG of side x side pixels with `scans` scans in few bytes: each pass
// over the picture costs 62 bytes per million pixels.
std::vector<uint8_t> make_scan_bomb(int side, int scans);

}  // namespace train_backbone::data
