#pragma once

#include <cstdint>
#include <memory>

#include "commands/settings.h"
#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/record_store.h"

namespace train_backbone::commands {

// The records of a run and where its batches come from. Must outlive the sources it makes.
class TrainData {
 public:
  // Opens both data sets. Throws core::DataError for a bad folder. Warns when
  // --train_dataset_size does not fit, or the shards have far fewer classes than the network.
  // `settings` must outlive this.
  TrainData(const TrainSettings& settings, int workers);

  [[nodiscard]] const data::RecordStore& training() const { return training_; }
  [[nodiscard]] const data::RecordStore& validation() const { return validation_; }

  // This rank's part of the steps [first_step, end_step).
  [[nodiscard]] std::unique_ptr<data::BatchSource> training_batches(int64_t first_step,
                                                                    int64_t end_step) const;
  // This rank's part of the validation records; with those of the other ranks every record once.
  // All ranks have as many batches, the last ones of some may be empty.
  [[nodiscard]] std::unique_ptr<data::BatchSource> validation_batches() const;

 private:
  const TrainSettings& settings_;
  int workers_;
  data::RecordStore training_;
  data::RecordStore validation_;
  std::unique_ptr<data::ImageTransform> training_transform_;
  std::unique_ptr<data::ImageTransform> evaluation_transform_;
};

}  // namespace train_backbone::commands
