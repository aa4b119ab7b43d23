#pragma once

#include <cstdint>

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
};

}  // namespace train_backbone::data
