#pragma once

#include <cstdint>
#include <vector>

#include "train_backbone/data/bench/input_cost.h"
#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/record_store.h"

namespace train_backbone::data {

struct InputBenchmarkSettings {
  int image_size = 224;
  int workers = 1;      // the most; fewer are measured as well
  double seconds = 20;  // about so long in all, at least a few batches of each
};

// Median, least and greatest of several rounds.
struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};

// The whole loader with so many threads and a consumer that does nothing.
struct ScalingPoint {
  int workers = 0;
  double images_per_second = 0;  // median of the rounds
  double speedup = 0;            // against one worker in the same round, median
  // Share of the threads' time in which they did not run: storage, other processes, full ring.
  double wait_share = 0;
};

struct InputBenchmark {
  double plain_per_second = 0;     // plain_decode() of whole pictures on one thread, median
  double pipeline_per_second = 0;  // read, checksum, parse, transform on one thread, median
  Spread ratio;                    // pipeline / plain in alternating rounds on the same records
  int rounds = 0;
  InputSeconds stages;                // of one thread, see InputCost::stage_seconds()
  std::vector<ScalingPoint> scaling;  // ascending; the last one has all workers
  uint64_t base_bytes = 0;            // resident memory before
  uint64_t peak_bytes = 0;            // the most above that
};

// 1, 2, 4 ... below `workers`, and that number itself. workers > 0.
std::vector<int> worker_counts(int workers);

// Measures the training input of a store: every figure in rounds that alternate with what it is
// compared with, since the speed of a machine wanders. Labels are not looked at.
// Throws core::DataError, naming shard and offset, for damage.
InputBenchmark measure_input(const RecordStore& store, const ImageTransform& transform,
                             const InputBenchmarkSettings& settings);

}  // namespace train_backbone::data
