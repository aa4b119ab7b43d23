#pragma once

#include <cstdint>
#include <vector>

#include "train_backbone/data/record/record_range.h"
#include "train_backbone/data/record/sample_order.h"

namespace train_backbone::data {

// Which samples a source delivers, in order. Batch b holds the positions [b * batch_size(),
// (b + 1) * batch_size()) below size(). Immutable: all threads share one.
class SamplePlan {
 public:
  virtual ~SamplePlan() = default;
  [[nodiscard]] virtual uint64_t size() const = 0;
  [[nodiscard]] virtual uint64_t batch_size() const = 0;
  // position < size().
  [[nodiscard]] virtual SampleRef at(uint64_t position) const = 0;
  // Adds the records that the storage should be asked for when `position` is begun, so that over
  // all positions each is asked for some time before it is needed. Here: that of the sample
  // kReadAhead positions later.
  virtual void read_ahead(uint64_t position, std::vector<RecordRange>& ranges) const {
    if (position + kReadAhead >= size()) return;
    ranges.push_back({.first = at(position + kReadAhead).record, .count = 1});
  }

  static constexpr uint64_t kReadAhead = 128;
};

}  // namespace train_backbone::data
