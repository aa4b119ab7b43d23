#include "commands/synthetic_batch.h"

#include <random>

namespace train_backbone::commands {

data::Batch synthetic_batch(int64_t size, int64_t image_size, int64_t num_classes) {
  data::Batch batch;
  batch.size = size;
  batch.height = batch.width = static_cast<int>(image_size);
  std::mt19937 random(1);
  batch.images.resize(static_cast<size_t>(size * 3 * image_size * image_size));
  for (uint8_t& pixel : batch.images) pixel = static_cast<uint8_t>(random());
  for (int64_t i = 0; i < size; ++i) {
    batch.labels.push_back(i % num_classes);
    batch.records.push_back(static_cast<uint64_t>(i));
    batch.epochs.push_back(0);
  }
  return batch;
}

}  // namespace train_backbone::commands
