#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace train_backbone::data {

// Consecutive samples, decoded. images is uint8 NHWC: [size, height, width, 3].
struct Batch {
  int64_t size = 0;
  int height = 0;
  int width = 0;
  std::vector<uint8_t> images;
  std::vector<int64_t> labels;    // class indices, 0-based
  std::vector<uint64_t> records;  // index of each sample's record in its data set
  std::vector<uint64_t> epochs;   // epoch of each sample; a batch may span the border of two
};

// Where the trainer's batches come from; it knows nothing of what lies before this seam.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // The next batch in order, or nothing at the end. Rethrows what failed while making it,
  // and does so again when called again. One caller at a time.
  virtual std::optional<Batch> next() = 0;
  // Seconds that next() has spent waiting for workers so far.
  [[nodiscard]] virtual double seconds_waited() const = 0;
};

}  // namespace train_backbone::data
