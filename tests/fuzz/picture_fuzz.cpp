// libFuzzer on everything that a stranger's picture meets: header, whole decode, decode of a box,
// training and evaluation transforms. Whatever the bytes are: an ImageError with a text, or pixels;
// for JPEGs those of plain libjpeg, and none where libjpeg warns.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/image/image_decoder.h"
#include "expect.h"
#include "libjpeg_decode.h"
#include "picture_repair.h"
#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/image/decode.h"
#include "train_backbone/data/image/transform.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace train_backbone::data {
namespace {

using fuzz::expect;

// Larger pictures cost time and meet no other code.
constexpr int64_t kMaxFuzzedPixels = 1 << 16;
constexpr int kSampleSize = 24;

// An outcome to compare with: pixels, or why there are none.
struct Outcome {
  std::optional<Image> image;
  std::string error;
};

template <class Action>
std::string error_of(Action action) {
  try {
    action();
    return {};
  } catch (const ImageError& error) {
    expect(std::strlen(error.what()) > 0, "an error has a text");
    return error.what();
  }
}

Outcome decode_whole(std::span<const uint8_t> encoded) {
  Outcome outcome;
  Image image;
  outcome.error = error_of([&] { decode(encoded, image); });
  if (outcome.error.empty()) outcome.image = std::move(image);
  return outcome;
}

// What we refuse and libjpeg takes: runs of zeros that leave their block, too many scans.
bool may_refuse_alone(std::string_view error) {
  return error.find("bad Huffman code") != std::string_view::npos ||
         error.find("more than") != std::string_view::npos;
}

void compare_with_libjpeg(std::span<const uint8_t> encoded, const Outcome& ours) {
  const std::optional<Image> theirs = libjpeg_decode(encoded);
  if (!ours.image) {
    expect(!theirs || may_refuse_alone(ours.error), "what libjpeg decodes is decoded");
    return;
  }
  expect(theirs.has_value(), "what libjpeg warns of is an error");
  expect(theirs->pixels == ours.image->pixels, "pixels are libjpeg's");
}

// A box that depends on the bytes, so that every input is tried the same way each time.
PixelBox choose_box(const ImageHeader& header, core::SampleRng& rng) {
  const auto below = [&rng](int end) {
    return static_cast<int>(rng.below(static_cast<uint32_t>(end)));
  };
  PixelBox box;
  box.top = below(header.height);
  box.left = below(header.width);
  box.height = 1 + below(header.height - box.top);
  box.width = 1 + below(header.width - box.left);
  return box;
}

void expect_part(const PixelView& part, const PixelBox& box, const Image& whole) {
  const size_t bytes = static_cast<size_t>(box.width) * 3;
  expect(part.height == box.height && part.width == box.width, "a box has its own size");
  for (int row = 0; row < box.height; ++row) {
    const size_t at = (static_cast<size_t>(box.top + row) * static_cast<size_t>(whole.width) +
                       static_cast<size_t>(box.left)) *
                      3;
    expect(std::memcmp(part.pixels + row * part.stride, whole.pixels.data() + at, bytes) == 0,
           "a box equals that part of the whole picture");
  }
}

// With a decoder that has read every other picture before.
void try_box(std::span<const uint8_t> encoded, const PixelBox& box, const Outcome& whole) {
  static ImageDecoder decoder;
  static std::vector<uint8_t> pixels;
  const std::string error = error_of([&] {
    decoder.open(encoded);
    const PixelView part = decoder.decode(box, pixels);
    if (whole.image) expect_part(part, box, *whole.image);
  });
  expect(!whole.image || error.empty(), "a box of a good picture can be decoded");
}

void try_transform(ImageTransform& transform, std::span<const uint8_t> encoded, bool good) {
  std::vector<uint8_t> pixels(size_t{kSampleSize} * kSampleSize * 3);
  core::SampleRng rng(1, core::RngStream::kAugment, 0, core::crc32c(encoded));
  const std::string error = error_of([&] { transform.apply(encoded, rng, pixels); });
  expect(!good || error.empty(), "a good picture can be transformed");
}

// One of them per picture: each is another decode.
void try_one_transform(std::span<const uint8_t> encoded, uint32_t choice, bool good) {
  using Transforms = std::array<std::unique_ptr<ImageTransform>, 5>;
  static const Transforms transforms = {
      make_training_transform("original", kSampleSize),
      make_training_transform("original", kSampleSize, AugmentSemantics::kTfExact),
      make_training_transform("original", kSampleSize, AugmentSemantics::kTorchvision),
      make_evaluation_transform(kSampleSize, 0.875),
      make_evaluation_transform(kSampleSize, 0.875, AugmentSemantics::kTorchvision)};
  try_transform(*transforms[choice % transforms.size()], encoded, good);
}

// What measuring decodes, and where.
void try_entropy(std::span<const uint8_t> encoded, const PixelBox& box, bool good) {
  static ImageDecoder decoder;
  const std::string error = error_of([&] {
    decoder.open(encoded);
    decoder.decode_entropy(box);
  });
  expect(!good || error.empty(), "a good picture can be measured");
}

void try_picture(std::span<const uint8_t> encoded) {
  ImageHeader header;
  const std::string error = error_of([&] { header = read_header(encoded); });
  if (!error.empty()) {
    expect(decode_whole(encoded).error == error, "a bad header is a bad picture");
    return;
  }
  const int64_t pixels = int64_t{header.height} * header.width;
  expect(header.height > 0 && header.width > 0 && pixels <= kMaxPixels, "a header is sane");
  if (pixels > kMaxFuzzedPixels) return;
  const Outcome whole = decode_whole(encoded);
  if (header.format == ImageFormat::kJpeg && header.color != ColorSpace::kCmykOrYcck) {
    compare_with_libjpeg(encoded, whole);
  }
  core::SampleRng rng(2, core::RngStream::kAugment, 0, core::crc32c(encoded));
  const PixelBox box = choose_box(header, rng);
  const uint32_t choice = rng.below(64);
  try_box(encoded, box, whole);
  try_one_transform(encoded, choice, whole.image.has_value());
  if (choice % 8 == 0) try_entropy(encoded, box, whole.image.has_value());
}

}  // namespace
}  // namespace train_backbone::data

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  const size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 != 0) train_backbone::fuzz::repair_png({data, mutated});
  return mutated;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  train_backbone::data::try_picture({bytes, size});
  return 0;
}
