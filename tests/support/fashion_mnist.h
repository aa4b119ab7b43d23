#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Real pictures for tests: Fashion-MNIST as Debian's package dataset-fashion-mnist installs it.
namespace train_backbone::test {

// The first `count` pictures and labels of "train" or "t10k" as IDX files hold them (with their
// headers for that count). Throws std::runtime_error naming the package when it is not there.
struct IdxFiles {
  std::string images;
  std::string labels;
};
IdxFiles fashion_mnist(const std::string& prefix, uint32_t count);

// The same as grey RGB pictures of size x size: uint8 [count, size, size, 3], 28 x 28 in the middle
// of black. `size` is at least 28.
struct FashionPictures {
  std::vector<uint8_t> pixels;
  std::vector<int64_t> labels;
};
FashionPictures fashion_pictures(const std::string& prefix, uint32_t count, int size);

}  // namespace train_backbone::test
