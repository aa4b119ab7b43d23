#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/batch/class_label.h"
#include "data/batch/sample_reader.h"
#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/record_store.h"

namespace train_backbone::data {

// Record -> Example -> label check -> transformed picture. The store must outlive the reader.
class RecordSampleReader final : public SampleReader {
 public:
  // `seed` is that of the augmentation.
  RecordSampleReader(const RecordStore& store, const ImageTransform& transform,
                     const ClassRange& classes, uint64_t seed);

  int64_t read(const SampleRef& sample, std::span<uint8_t> pixels) override;

 private:
  ExampleView parse(uint64_t record);
  [[noreturn]] void fail(uint64_t record, const std::string& what) const;

  const RecordStore& store_;
  std::unique_ptr<ImageTransform> transform_;
  ClassRange classes_;
  uint64_t seed_;
  std::vector<uint8_t> buffer_;
};

}  // namespace train_backbone::data
