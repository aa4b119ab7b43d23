#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace train_backbone::commands {

// Where the time of a rank's training went, as measured, and with what it worked.
struct TrainingTimes {
  double seconds = 0;  // of training, without validation and saving
  // Of these, on the training thread, and the last two on a GPU on its stream:
  double waiting = 0;   // for batches
  double reducing = 0;  // for gradients to become means over ranks
  double copying = 0;   // for pictures to reach the device
  // Of all loader threads together:
  double reading = 0;
  double decoding = 0;  // and augmenting
  uint64_t bytes_read = 0;

  int64_t samples = 0;  // of this rank
  int64_t steps = 0;
  int64_t workers = 1;
  int64_t compute_threads = 1;
  int64_t cores = 1;
  bool on_gpu = false;
  int64_t ranks = 1;
  int64_t gradient_bytes = 0;     // that travel per step
  bool halved_gradients = false;  // --wire_dtype bf16
  bool block_shuffle = false;
};

enum class Bottleneck { kDisk, kDecode, kCopy, kCompute, kAllReduce };

std::string_view bottleneck_name(Bottleneck bottleneck);  // "disk", "all-reduce", ...

// What a run waited for most, and what to do about it.
struct Verdict {
  Bottleneck bottleneck = Bottleneck::kCompute;
  double share = 0;    // of the training time that goes there
  std::string advice;  // with figures
};

// Loading, copying and averaging run beside the computation: as soon as the run waits for one of
// them for a good part of its time, that is what limits it; else it is the computation.
// A pure function of the measurements.
Verdict find_bottleneck(const TrainingTimes& times);

// "decode, 62 % of the time; ..." in one line.
std::string verdict_text(const Verdict& verdict);

}  // namespace train_backbone::commands
