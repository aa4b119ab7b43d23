#include "damaged_shards.h"

#include <algorithm>
#include <array>
#include <random>

#include "encode_jpeg.h"
#include "pictures.h"
#include "record_files.h"
#include "train_backbone/core/record_frame.h"
#include "train_backbone/data/record/example_writer.h"

namespace train_backbone::data {
namespace {

constexpr std::array<uint64_t, 11> kWildLengths = {
    0,
    1,
    uint64_t{1} << 20,
    (uint64_t{1} << 30),
    (uint64_t{1} << 30) + 1,
    uint64_t{1} << 31,
    uint64_t{1} << 40,
    uint64_t{1} << 63,
    ~uint64_t{0},
    ~uint64_t{0} - 15,  // with the frame around it 0 again
    ~uint64_t{0} - 11,
};
constexpr size_t kChecksumBits = 32;
constexpr size_t kChecksumsPerFrame = 2;

std::string truncated(const WholeShard& whole, size_t length) {
  return whole.bytes.substr(0, length);
}

std::string with_flipped_checksum(const WholeShard& whole, size_t number) {
  const size_t bit = number % kChecksumBits;
  const size_t checksum = number / kChecksumBits;
  const size_t frame = checksum / kChecksumsPerFrame;
  const bool of_length = checksum % kChecksumsPerFrame == 0;
  const size_t begin = of_length ? whole.borders[frame] + sizeof(uint64_t)
                                 : whole.borders[frame + 1] - core::kFrameFooterBytes;
  std::string bytes = whole.bytes;
  char& byte = bytes[begin + bit / 8];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (bit % 8)));
  return bytes;
}

std::string with_wild_length(const WholeShard& whole, size_t number) {
  const size_t begin = whole.borders[number / kWildLengths.size()];
  const auto header = core::frame_header(kWildLengths[number % kWildLengths.size()]);
  std::string bytes = whole.bytes;
  std::copy(header.begin(), header.end(), bytes.begin() + static_cast<ptrdiff_t>(begin));
  return bytes;
}

std::string with_random_bytes(const WholeShard& whole, size_t number) {
  std::mt19937 random(static_cast<uint32_t>(number));
  std::string bytes = whole.bytes;
  for (size_t count = 1 + random() % 4; count > 0; --count) {
    char& byte = bytes[random() % bytes.size()];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U + random() % 255));
  }
  // Two flips of one byte may undo each other.
  if (bytes == whole.bytes) bytes[0] = static_cast<char>(bytes[0] + 1);
  return bytes;
}

}  // namespace

WholeShard make_whole_shard() {
  WholeShard whole;
  for (int record = 0; record < 3; ++record) {
    const std::vector<uint8_t> jpeg =
        encode_jpeg(make_picture(9 + record, 12), {.quality = 60, .own_codes = true});
    ExampleFields fields;
    fields.label = record + 1;
    fields.filename = "picture.JPEG";
    fields.encoded = {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()};
    std::string example;
    write_example(fields, example);
    whole.borders.push_back(whole.bytes.size());
    whole.bytes += framed(example);
  }
  whole.borders.push_back(whole.bytes.size());
  return whole;
}

std::string damaged_shard(const WholeShard& whole, size_t number) {
  const size_t frames = whole.borders.size() - 1;
  if (number < whole.bytes.size()) return truncated(whole, number);
  number -= whole.bytes.size();
  const size_t flips = frames * kChecksumsPerFrame * kChecksumBits;
  if (number < flips) return with_flipped_checksum(whole, number);
  number -= flips;
  const size_t lengths = frames * kWildLengths.size();
  return number < lengths ? with_wild_length(whole, number)
                          : with_random_bytes(whole, number - lengths);
}

}  // namespace train_backbone::data
