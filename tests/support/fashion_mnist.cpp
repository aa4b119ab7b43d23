#include "tests/support/fashion_mnist.h"

#include <zlib.h>

#include <filesystem>
#include <stdexcept>

namespace train_backbone::test {
namespace {

const std::filesystem::path kFolder = "/usr/share/datasets/fashion-mnist";
constexpr size_t kImagesHeader = 16;
constexpr size_t kLabelsHeader = 8;
constexpr int kSide = 28;

std::string gunzip(const std::filesystem::path& path, size_t bytes) {
  gzFile file = ::gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    throw std::runtime_error(path.string() +
                             " is missing: install the package dataset-fashion-mnist");
  }
  std::string text(bytes, '\0');
  const int got = ::gzread(file, text.data(), static_cast<unsigned>(bytes));
  ::gzclose(file);
  if (got != static_cast<int>(bytes)) throw std::runtime_error(path.string() + " is too short");
  return text;
}

void put_count(std::string& idx, uint32_t count) {
  for (size_t i = 0; i < sizeof count; ++i) {
    idx[4 + i] = static_cast<char>((count >> (8 * (3 - i))) & 0xFF);  // big-endian
  }
}

}  // namespace

IdxFiles fashion_mnist(const std::string& prefix, uint32_t count) {
  IdxFiles files{.images = gunzip(kFolder / (prefix + "-images-idx3-ubyte.gz"),
                                  kImagesHeader + size_t{count} * kSide * kSide),
                 .labels = gunzip(kFolder / (prefix + "-labels-idx1-ubyte.gz"),
                                  kLabelsHeader + size_t{count})};
  put_count(files.images, count);
  put_count(files.labels, count);
  return files;
}

FashionPictures fashion_pictures(const std::string& prefix, uint32_t count, int size) {
  const IdxFiles files = fashion_mnist(prefix, count);
  const auto side = static_cast<size_t>(size);
  const size_t border = (side - kSide) / 2;
  FashionPictures result{.pixels = std::vector<uint8_t>(count * side * side * 3), .labels = {}};
  const char* grey = files.images.data() + kImagesHeader;
  for (size_t i = 0; i < count; ++i) {
    result.labels.push_back(files.labels[kLabelsHeader + i]);
    for (size_t y = 0; y < kSide; ++y) {
      uint8_t* row = &result.pixels[((i * side + border + y) * side + border) * 3];
      for (size_t x = 0; x < 3 * size_t{kSide}; ++x) row[x] = static_cast<uint8_t>(grey[x / 3]);
      grey += kSide;
    }
  }
  return result;
}

}  // namespace train_backbone::test
