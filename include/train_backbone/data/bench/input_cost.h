#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/record_store.h"

namespace train_backbone::data {

// Where the seconds of the input pipeline go on one thread, summed over records.
struct InputSeconds {
  double read = 0;      // positional read of the frame
  double checksum = 0;  // CRC-32C of the record
  double parse = 0;     // Example
  TransformSeconds transform;

  InputSeconds& operator+=(const InputSeconds& more) {
    read += more.read;
    checksum += more.checksum;
    parse += more.parse;
    transform.entropy += more.transform.entropy;
    transform.pixels += more.transform.pixels;
    transform.resize += more.transform.resize;
    return *this;
  }
  [[nodiscard]] double total() const {
    return read + checksum + parse + transform.entropy + transform.pixels + transform.resize;
  }
};

// Measures, on the calling thread, what turning records into samples costs, and what a plain whole
// decode of the same pictures costs. Clock: steady. Each user makes its own; the store must
// outlive it. Methods throw core::DataError, naming shard and offset, for damaged records.
class InputCost {
 public:
  // `size` is the side of the transform's samples.
  InputCost(const RecordStore& store, const ImageTransform& transform, int size, uint64_t seed);

  // Seconds of the pipeline itself: read, checksum, parse, transform. `epoch` chooses the draws.
  double pipeline_seconds(std::span<const uint64_t> records, uint64_t epoch);
  // Seconds of plain_decode() of the pictures; reading them is not counted.
  double plain_decode_seconds(std::span<const uint64_t> records);
  // The pipeline taken apart. Slower as a whole than pipeline_seconds() (checksum and entropy
  // decoding run twice, clocks are read); its shares are those of the pipeline.
  InputSeconds stage_seconds(std::span<const uint64_t> records, uint64_t epoch);

 private:
  std::span<const uint8_t> encoded(uint64_t record);

  const RecordStore& store_;
  std::unique_ptr<ImageTransform> transform_;
  uint64_t seed_;
  std::vector<uint8_t> sample_;
  std::vector<uint8_t> buffer_;
  std::vector<uint8_t> plain_;
};

}  // namespace train_backbone::data
