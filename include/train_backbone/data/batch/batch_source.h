#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "train_backbone/data/record/damaged_record.h"

namespace train_backbone::data {

// Consecutive samples, decoded. images is uint8 NHWC: [size, height, width, 3].
struct Batch {
  int64_t size = 0;  // 0 only in evaluation, where damaged records are left out
  int height = 0;
  int width = 0;
  std::vector<uint8_t> images;
  std::vector<int64_t> labels;    // class indices, 0-based
  std::vector<uint64_t> records;  // index of each sample's record in its data set
  std::vector<uint64_t> epochs;   // epoch of each sample; a batch may span the border of two
  // Found while the batch was made, in the order of the samples; a record may come again in later
  // batches.
  std::vector<DamagedRecord> damaged;
};

// What the threads behind a source have done so far, in seconds of all of them together.
struct LoaderWork {
  double seconds_reading = 0;   // until the bytes of records were there
  double seconds_decoding = 0;  // records to augmented pictures
  uint64_t bytes_read = 0;
};

// Where the trainer's batches come from; it knows nothing of what lies before this seam.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // The next batch in order, or nothing at the end. Rethrows what failed while making it,
  // and does so again when called again. One caller at a time.
  virtual std::optional<Batch> next() = 0;
  // Gives back a batch of this source that is no longer needed, so that its memory serves for a
  // later one. Never necessary. By the caller of next().
  virtual void recycle(Batch&& /*batch*/) {}
  // Seconds that next() has spent waiting for workers so far.
  [[nodiscard]] virtual double seconds_waited() const = 0;
  [[nodiscard]] virtual LoaderWork work_done() const { return {}; }
};

}  // namespace train_backbone::data
