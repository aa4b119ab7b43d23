#pragma once

#include <cstdint>
#include <vector>

#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::commands {

// An RGB picture: uint8 [height, width, 3].
struct Picture {
  int height = 0;
  int width = 0;
  std::vector<uint8_t> pixels;
};

// The first pictures of a batch, at most sixteen, as the network gets them before normalisation and
// mixup: side by side, four in a row, in the order of the batch; missing ones are black. Empty for
// an empty batch.
Picture sample_pictures(const data::Batch& batch);

// As a PNG file; empty for an empty picture.
std::vector<uint8_t> png_of(const Picture& picture);

}  // namespace train_backbone::commands
