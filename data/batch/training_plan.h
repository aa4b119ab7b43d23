#pragma once

#include "data/batch/sample_plan.h"
#include "train_backbone/data/batch/sources.h"

namespace train_backbone::data {

// Global step g covers the positions [g * G, (g + 1) * G) of the endless order, G the global batch;
// rank r takes [g * G + r * B, g * G + (r + 1) * B) of them.
class TrainingPlan final : public SamplePlan {
 public:
  // Throws std::invalid_argument when a rank's slice leaves the global batch, the steps run
  // backwards or there are no records. `block` is SampleOrder's.
  TrainingPlan(uint64_t records, const TrainingSourceSettings& settings, uint64_t block = 0);

  [[nodiscard]] uint64_t size() const override { return size_; }
  [[nodiscard]] uint64_t batch_size() const override { return batch_size_; }
  [[nodiscard]] SampleRef at(uint64_t position) const override;
  // With blocks, all of them and not only what this rank will need: ranks on one machine share its
  // page cache.
  void read_ahead(uint64_t position, std::vector<RecordRange>& ranges) const override;

 private:
  // Position of the run's endless order.
  [[nodiscard]] uint64_t global(uint64_t position) const;

  SampleOrder order_;
  uint64_t batch_size_;
  uint64_t global_batch_size_;
  uint64_t first_;  // position in the endless order of this rank's first sample
  uint64_t size_;
};

}  // namespace train_backbone::data
