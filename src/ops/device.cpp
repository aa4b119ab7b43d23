#include "train_backbone/ops/device.h"

#include <ATen/Parallel.h>
#include <malloc.h>

#include <limits>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::ops {
namespace {

// Every step frees and asks for the same hundreds of megabytes. By default glibc hands much of it
// back to the system, which clears each page again: up to a third of the time of a small step.
// Larger blocks leave holes in the heap that nothing else fits.
void keep_freed_memory() {
  constexpr int kLargestBlock = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargestBlock);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

}  // namespace

int64_t set_up_device(const DeviceOptions& options, int64_t cores) {
  if (core::fold_name(options.device) == "cuda") {
    throw core::DeviceError(
        "--device cuda: this program was built without CUDA support; use --device cpu or auto");
  }
  keep_freed_memory();
  const int64_t threads = options.compute_threads > 0 ? options.compute_threads : cores;
  at::set_num_threads(static_cast<int>(threads));
  // May be set once in a process, and 1 is what a second caller wants as well.
  if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
  return threads;
}

}  // namespace train_backbone::ops
