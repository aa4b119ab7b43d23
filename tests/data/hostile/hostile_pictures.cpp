#include "hostile_pictures.h"

#include <zlib.h>

#include <algorithm>
#include <iterator>

#include "pictures.h"

namespace train_backbone::data {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr const char* kAnyError = " ";  // a sentence at least

void append(Bytes& bytes, std::initializer_list<int> more) {
  std::ranges::transform(more, std::back_inserter(bytes),
                         [](int byte) { return static_cast<uint8_t>(byte); });
}

// A segment of a JPEG: marker, length, payload.
void append_segment(Bytes& bytes, int marker, std::initializer_list<int> payload) {
  const int length = 2 + static_cast<int>(payload.size());
  append(bytes, {0xFF, marker, length >> 8, length & 0xFF});
  append(bytes, payload);
}

// The JPEG with `payload` in an Exif segment; `length` is what that claims to be.
Bytes with_exif(Bytes jpeg, const Bytes& payload, size_t length) {
  Bytes segment;
  append(segment, {0xFF, 0xE1, static_cast<int>(length >> 8), static_cast<int>(length & 0xFF)});
  append(segment, {'E', 'x', 'i', 'f', 0, 0});
  segment.insert(segment.end(), payload.begin(), payload.end());
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  return jpeg;
}

// The JPEG with other dimensions in its frame header.
Bytes with_dimensions(Bytes jpeg, int height, int width) {
  static constexpr uint8_t kFrame[] = {0xFF, 0xC0, 0x00};
  const auto frame = std::ranges::search(jpeg, kFrame).begin();
  frame[5] = static_cast<uint8_t>(height >> 8);
  frame[6] = static_cast<uint8_t>(height);
  frame[7] = static_cast<uint8_t>(width >> 8);
  frame[8] = static_cast<uint8_t>(width);
  return jpeg;
}

void store_big_endian(uint32_t value, uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

// The same of a PNG, with a right checksum.
Bytes with_png_dimensions(Bytes png, uint32_t height, uint32_t width) {
  uint8_t* header = png.data() + 12;  // "IHDR", width, height
  store_big_endian(width, header + 4);
  store_big_endian(height, header + 8);
  store_big_endian(static_cast<uint32_t>(::crc32(0, header, 17)), header + 17);
  return png;
}

void add_exif(std::vector<HostilePicture>& pictures) {
  const Bytes jpeg = read_golden("ycc420.jpg");
  const Bytes no_directory = {'I', 'I', 42, 0, 0xFF, 0xFF, 0xFF, 0xFF};
  const Bytes many_entries = {'M', 'M', 0, 42, 0, 0, 0, 8, 0xFF, 0xFF, 1};
  const Bytes orientation = {'I', 'I', 42, 0, 8, 0,  0, 0, 1, 0, 0x12, 1, 3,
                             0,   1,   0,  0, 0, 99, 0, 0, 0, 0, 0,    0, 0};
  for (const Bytes& payload : {Bytes{}, no_directory, many_entries, orientation}) {
    pictures.push_back({"bad Exif of " + std::to_string(payload.size()) + " bytes",
                        with_exif(jpeg, payload, payload.size() + 8), "", "ycc420.rgb"});
  }
  pictures.push_back(
      {"Exif that reaches into the tables", with_exif(jpeg, {}, 200), kAnyError, ""});
  pictures.push_back({"Exif longer than the file", with_exif(jpeg, {}, 0xFFFF), kAnyError, ""});
  pictures.push_back({"Exif without a length", with_exif(jpeg, {}, 0), "extraneous", ""});
}

void add_dimensions(std::vector<HostilePicture>& pictures) {
  const Bytes jpeg = read_golden("ycc420.jpg");
  const Bytes png = read_golden("png_rgb.png");
  pictures.push_back({"JPEG of 65,500 squared", with_dimensions(jpeg, 65'500, 65'500),
                      "65500 x 65500 pixels are more", ""});
  pictures.push_back({"JPEG 65,500 wide, below the limit", with_dimensions(jpeg, 4'000, 65'500),
                      "65500 x 4000 pixels are not in", ""});
  pictures.push_back({"JPEG 65,500 high", with_dimensions(jpeg, 65'500, 16), "JPEG", ""});
  pictures.push_back({"JPEG without height", with_dimensions(jpeg, 0, 61), "DNL", ""});
  pictures.push_back({"JPEG without width", with_dimensions(jpeg, 47, 0), "Empty JPEG", ""});
  pictures.push_back({"PNG of 65,500 squared", with_png_dimensions(png, 65'500, 65'500),
                      "65500 x 65500 pixels are more", ""});
  pictures.push_back({"PNG 65,500 wide, below the limit", with_png_dimensions(png, 4'000, 65'500),
                      "65500 x 4000 pixels are not in", ""});
  pictures.push_back({"PNG without width", with_png_dimensions(png, 47, 0), "PNG", ""});
}

// The symbol for: the next 2^14 blocks, and as many more as 14 bits say, have nothing.
constexpr int kEmptyBlocks = 0xE0;
constexpr int kRunBits = 14;

// A Huffman table with one code, the bit 0.
void append_table(Bytes& jpeg, int identity, int symbol) {
  append_segment(jpeg, 0xC4, {identity, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, symbol});
}

// The number-th of the scans that give one bit of one coefficient each, all of them zero: the
// highest bit of a coefficient first.
void append_empty_scan(Bytes& jpeg, int number, int blocks) {
  constexpr int kBits = 14;
  const int coefficient = 1 + number / kBits;
  const int bit = kBits - 1 - number % kBits;
  const int bit_before = bit == kBits - 1 ? 0 : bit + 1;
  append_segment(jpeg, 0xDA, {1, 1, 0, coefficient, coefficient, bit_before << 4 | bit});
  const int runs = blocks / ((2 << kRunBits) - 1) + 1;
  // Zeros are the codes, ones the lengths and the padding.
  std::vector<bool> bits(static_cast<size_t>(runs * (1 + kRunBits) + 7) / 8 * 8, true);
  for (int run = 0; run < runs; ++run) bits[static_cast<size_t>(run * (1 + kRunBits))] = false;
  for (size_t at = 0; at < bits.size(); at += 8) {
    int byte = 0;
    for (size_t i = 0; i < 8; ++i) byte = byte << 1 | (bits[at + i] ? 1 : 0);
    append(jpeg, {byte});
    if (byte == 0xFF) append(jpeg, {0});
  }
}

}  // namespace

std::vector<HostilePicture> make_hostile_pictures() {
  std::vector<HostilePicture> pictures = {
      {"no bytes", {}, "empty picture", ""},
      {"one byte", {0xFF}, "neither JPEG nor PNG", ""},
      {"text", {'h', 'e', 'l', 'l', 'o'}, "neither JPEG nor PNG", ""},
      {"PNG named JPEG", read_golden("png_rgb.png"), "", "png_rgb.rgb"},
      {"CMYK", read_golden("cmyk_plain.jpg"), "", "cmyk_plain.rgb"},
      {"CMYK of Adobe", read_golden("cmyk_adobe.jpg"), "", "cmyk_adobe.rgb"},
      {"YCCK", read_golden("ycck.jpg"), "", "ycck.rgb"},
      {"199 scans", make_scan_bomb(2048, 199), "", ""},
      {"500 scans", make_scan_bomb(2048, 500), "more than 200 scans", ""},
  };
  add_exif(pictures);
  add_dimensions(pictures);
  return pictures;
}

std::vector<HostilePicture> make_truncated_pictures() {
  std::vector<HostilePicture> pictures;
  for (const char* name : {"gray.jpg", "progressive.jpg", "png_gray.png"}) {
    const Bytes whole = read_golden(name);
    for (size_t length = 0; length < whole.size(); ++length) {
      const auto end = whole.begin() + static_cast<ptrdiff_t>(length);
      pictures.push_back(
          {name + (" cut at " + std::to_string(length)), Bytes(whole.begin(), end), kAnyError, ""});
    }
  }
  return pictures;
}

std::vector<uint8_t> make_scan_bomb(int side, int scans) {
  Bytes jpeg = {0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
  jpeg.insert(jpeg.end(), 64, uint8_t{1});
  append_segment(jpeg, 0xC2, {8, side >> 8, side & 0xFF, side >> 8, side & 0xFF, 1, 1, 0x11, 0});
  append_table(jpeg, 0x00, 0);  // no difference
  append_table(jpeg, 0x10, kEmptyBlocks);
  append_segment(jpeg, 0xDA, {1, 1, 0, 0, 0, 0});
  const int blocks = (side / 8) * (side / 8);
  jpeg.insert(jpeg.end(), static_cast<size_t>(blocks / 8), uint8_t{0});
  for (int scan = 1; scan < scans; ++scan) append_empty_scan(jpeg, scan - 1, blocks);
  append(jpeg, {0xFF, 0xD9});
  return jpeg;
}

}  // namespace train_backbone::data
