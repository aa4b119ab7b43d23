#include "comm/mean_over_ranks.h"

#include <span>

namespace train_backbone::comm {
namespace {

// On raw memory rather than by ATen, which would start a second team of compute threads here.
template <class T>
void mean(Communicator& communicator, std::span<T> values) {
  communicator.all_reduce(values, T{1} / static_cast<T>(communicator.world_size()));
}

template <class T>
std::span<T> part_of(const at::Tensor& flat, int64_t begin, int64_t end) {
  return {flat.data_ptr<T>() + begin, static_cast<size_t>(end - begin)};
}

}  // namespace

void mean_over_ranks(Communicator& communicator, const at::Tensor& flat, int64_t begin,
                     int64_t end) {
  if (flat.scalar_type() == at::kDouble) {
    mean(communicator, part_of<double>(flat, begin, end));
  } else {
    mean(communicator, part_of<float>(flat, begin, end));
  }
}

}  // namespace train_backbone::comm
