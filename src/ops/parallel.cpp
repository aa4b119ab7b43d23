#include "ops/parallel.h"

#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>

namespace train_backbone::ops {

// at::parallel_for is a template that runs serially in code compiled without OpenMP, and a second
// OpenMP runtime or pool of threads beside LibTorch's would fight over the cores. A TensorIterator
// hands its loop to the threads inside libtorch_cpu: here over one mark byte per index.
void parallel_ranges(int64_t count, const std::function<void(int64_t, int64_t)>& work) {
  if (count <= 0) return;
  at::Tensor marks = at::empty({count}, at::TensorOptions().dtype(at::kByte));
  const char* const first = static_cast<const char*>(marks.data_ptr());
  auto iterator = at::TensorIterator::borrowing_nullary_op(marks);
  // One dimension, so the outer loop of the two has one turn.
  iterator.for_each(
      [&](char** data, const int64_t* /*strides*/, int64_t size, int64_t /*outer*/) {
        const int64_t begin = data[0] - first;
        work(begin, begin + size);
      },
      /*grain_size=*/1);
}

}  // namespace train_backbone::ops
