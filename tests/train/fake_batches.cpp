#include "tests/train/fake_batches.h"

#include <algorithm>

#include "tests/train/tiny_model.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::train {

std::optional<data::Batch> FakeBatches::next() {
  if (next_ >= end_) return std::nullopt;
  if (bad_ == next_) throw core::DataError("records", "damaged");
  constexpr int kSide = TinyModel::kImageSize;
  data::Batch batch;
  batch.size = std::min(batch_size_, end_ - next_);
  batch.height = batch.width = kSide;
  for (int64_t i = 0; i < batch.size; ++i, ++next_) {
    const int64_t epoch = next_ / records_;
    const int64_t record = (next_ % records_ + 3 * epoch) % records_;
    batch.epochs.push_back(static_cast<uint64_t>(epoch));
    batch.records.push_back(static_cast<uint64_t>(record));
    batch.labels.push_back(record % classes_);
    core::SampleRng rng(1, core::RngStream::kAugment, 0, static_cast<uint64_t>(record));
    for (int pixel = 0; pixel < kSide * kSide * 3; ++pixel) {
      batch.images.push_back(static_cast<uint8_t>(rng.below(256)));
    }
  }
  return batch;
}

}  // namespace train_backbone::train
