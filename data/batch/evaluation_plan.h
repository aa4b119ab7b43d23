#pragma once

#include "data/batch/sample_plan.h"
#include "train_backbone/data/batch/sources.h"

namespace train_backbone::data {

// The records [first_record, end_record) in their order, each once, in epoch 0.
class EvaluationPlan final : public SamplePlan {
 public:
  // Throws std::invalid_argument when the range leaves the records or the batch is empty.
  EvaluationPlan(uint64_t records, const EvaluationSourceSettings& settings);

  [[nodiscard]] uint64_t size() const override { return end_ - first_; }
  [[nodiscard]] uint64_t batch_size() const override { return batch_size_; }
  [[nodiscard]] SampleRef at(uint64_t position) const override {
    return {.epoch = 0, .record = first_ + position};
  }

 private:
  uint64_t first_;
  uint64_t end_;
  uint64_t batch_size_;
};

}  // namespace train_backbone::data
