#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "train_backbone/data/record/damaged_record.h"
#include "train_backbone/data/record/record_range.h"
#include "train_backbone/data/record/sample_order.h"

namespace train_backbone::data {

// What a sample holds besides its pixels.
struct MadeSample {
  uint64_t record = 0;  // whose picture it shows
  int64_t label = 0;    // class index
};

// Makes single samples. Every worker thread has its own.
class SampleReader {
 public:
  virtual ~SampleReader() = default;
  // Writes the sample's pixels; nothing is returned when the sample is left out. Adds the damaged
  // records that it met to `damaged`. A pure function of the sample.
  // Throws core::DataError naming the record.
  virtual std::optional<MadeSample> read(const SampleRef& sample, std::span<uint8_t> pixels,
                                         std::vector<DamagedRecord>& damaged) = 0;
  // Records that this or another reader is going to need.
  virtual void will_need(const RecordRange& /*records*/) const {}
};

}  // namespace train_backbone::data
