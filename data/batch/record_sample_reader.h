#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "data/batch/class_label.h"
#include "data/batch/loader_clock.h"
#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/record_store.h"
#include "train_backbone/data/record/sample_order.h"

namespace train_backbone::data {

// Record -> Example -> label check -> transformed picture. The store must outlive the reader.
class RecordSampleReader {
 public:
  // `seed` is that of the augmentation. `clock` is told what each call takes; it may be nullptr.
  RecordSampleReader(const RecordStore& store, const ImageTransform& transform,
                     const ClassRange& classes, uint64_t seed,
                     std::shared_ptr<LoaderClock> clock = nullptr);

  // Another one for another thread.
  [[nodiscard]] RecordSampleReader clone() const {
    return RecordSampleReader(store_, *transform_, classes_, seed_, clock_);
  }

  // Shows the picture of `record` with the draws of `sample` and returns its class index.
  // Throws DamagedRecordError, and core::DataError for a label that is no class, which more likely
  // is a matter of --label_offset than of this record.
  int64_t read(uint64_t record, const SampleRef& sample, std::span<uint8_t> pixels);

  void will_need(const RecordRange& records) const;

  [[nodiscard]] uint64_t records() const { return store_.size(); }

 private:
  ExampleView parse(uint64_t record);
  void note_reading(LoaderClock::Clock::time_point begin, uint64_t bytes) const;

  const RecordStore& store_;
  std::unique_ptr<ImageTransform> transform_;
  ClassRange classes_;
  uint64_t seed_;
  std::shared_ptr<LoaderClock> clock_;
  std::vector<uint8_t> buffer_;
};

}  // namespace train_backbone::data
