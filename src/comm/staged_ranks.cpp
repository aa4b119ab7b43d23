#include "comm/staged_ranks.h"

#include <ATen/core/grad_mode.h>

#include <span>

namespace train_backbone::comm {
namespace {

template <class T>
void reduce(Communicator& communicator, const at::Tensor& values, bool mean) {
  const std::span<T> all(values.data_ptr<T>(), static_cast<size_t>(values.numel()));
  communicator.all_reduce(all, mean ? T{1} / static_cast<T>(communicator.world_size()) : T{1});
}

}  // namespace

void StagedRanks::begin(const at::Tensor& tensor, Operation operation) {
  const at::NoGradGuard no_grad;
  const at::Tensor host = tensor.cpu();  // waits for the current stream
  const bool mean = operation == Operation::kMean;
  if (host.scalar_type() == at::kDouble) {
    reduce<double>(*communicator_, host, mean);
  } else {
    reduce<float>(*communicator_, host, mean);
  }
  if (!tensor.is_cpu()) tensor.copy_(host);
}

std::unique_ptr<DeviceRanks> make_staged_ranks(std::unique_ptr<Communicator> communicator) {
  return std::make_unique<StagedRanks>(std::move(communicator));
}

}  // namespace train_backbone::comm
