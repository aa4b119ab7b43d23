#pragma once

#include <cstdint>
#include <optional>

#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::train {

// Made-up records: the pixels of record r are a function of r, its label is r modulo the classes.
// Positions [begin, end) of an endless order (epoch by epoch, each record once) in batches, the
// last of which may be smaller.
class FakeBatches : public data::BatchSource {
 public:
  FakeBatches(int64_t records, int64_t classes, int64_t batch_size, int64_t begin, int64_t end)
      : records_(records), classes_(classes), batch_size_(batch_size), next_(begin), end_(end) {}

  // The batch that begins at this position is damaged: next() throws core::DataError there.
  void fail_at(int64_t position) { bad_ = position; }
  std::optional<data::Batch> next() override;
  [[nodiscard]] double seconds_waited() const override { return 0; }

 private:
  int64_t records_;
  int64_t classes_;
  int64_t batch_size_;
  int64_t next_;
  int64_t end_;
  std::optional<int64_t> bad_;
};

}  // namespace train_backbone::train
