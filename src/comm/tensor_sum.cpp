#include "train_backbone/comm/tensor_sum.h"

#include <stdexcept>

namespace train_backbone::comm {
namespace {

template <class T>
std::span<T> values_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<T>(), static_cast<size_t>(tensor.numel())};
}

}  // namespace

void sum_over_ranks(Communicator& communicator, const at::Tensor& tensor) {
  if (!tensor.is_contiguous()) {
    throw std::invalid_argument("sum_over_ranks: a contiguous tensor is needed");
  }
  if (!tensor.is_cpu()) {
    const at::Tensor host = tensor.cpu();
    sum_over_ranks(communicator, host);
    tensor.copy_(host);
    return;
  }
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return communicator.all_reduce_sum(values_of<float>(tensor));
    case at::kDouble:
      return communicator.all_reduce_sum(values_of<double>(tensor));
    default:
      throw std::invalid_argument("sum_over_ranks: fp32 or fp64 is needed");
  }
}

}  // namespace train_backbone::comm
