#pragma once

#include <cstdint>

#include "train_backbone/data/prepare/options.h"

namespace train_backbone::data {

struct PrepareResult {
  uint64_t images = 0;     // in all shards, also those of an earlier, continued run
  uint64_t skipped = 0;    // bad pictures left out (on_bad_image = skip)
  uint64_t converted = 0;  // pictures re-encoded in this run
  uint64_t shards = 0;
  uint64_t shards_kept = 0;  // whole already when this run began
  uint64_t classes = 0;
  double images_per_second = 0;  // of this run
};

// Converts pictures to TFRecord shards (data/README.md). Progress goes to standard output.
// Throws core::UsageError, core::DataError, core::DeviceError.
PrepareResult prepare(const PrepareOptions& options);

}  // namespace train_backbone::data
