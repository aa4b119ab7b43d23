#pragma once

#include <cstdint>
#include <functional>

namespace train_backbone::ops {

// Calls work(begin, end) for ranges that cover [0, count) without overlap, on LibTorch's own
// compute threads (at::set_num_threads). Which ranges there are depends on the number of threads,
// so `work` must treat every index on its own. Exceptions of `work` reach the caller.
void parallel_ranges(int64_t count, const std::function<void(int64_t, int64_t)>& work);

}  // namespace train_backbone::ops
