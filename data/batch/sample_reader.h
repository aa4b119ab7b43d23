#pragma once

#include <cstdint>
#include <span>

#include "train_backbone/data/record/sample_order.h"

namespace train_backbone::data {

// Makes single samples. Every worker thread has its own.
class SampleReader {
 public:
  virtual ~SampleReader() = default;
  // Writes the sample's pixels and returns its class index. A pure function of the sample.
  // Throws core::DataError naming the record.
  virtual int64_t read(const SampleRef& sample, std::span<uint8_t> pixels) = 0;
};

}  // namespace train_backbone::data
