#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <memory>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// What the ranks of a run add up on their GPUs. Calls are collective: all ranks make the same ones
// in the same order, from one thread at a time. Tensors are contiguous, fp32 or fp64.
class DeviceRanks {
 public:
  enum class Operation { kSum, kMean };

  virtual ~DeviceRanks() = default;

  [[nodiscard]] virtual int64_t world_size() const = 0;

  // Every element becomes its sum or mean over the ranks, the same bits on all: begins when the
  // current stream has done what it was given before, and runs beside what it is given after. The
  // tensor is not to be touched until the stream has come through join().
  virtual void begin(const at::Tensor& tensor, Operation operation) = 0;
  // The current stream waits for all that has been begun; the host does not.
  virtual void join() = 0;
  // Throws LostPeer when the ranks have lost each other. Cheap; to be called now and then
  // while the host waits for a GPU.
  virtual void check() = 0;
};

// Waits until the current stream of `device` has done all that it was given, and asks the ranks
// meanwhile: a call of the driver would not return when one of them is lost. On the CPU there is
// nothing to wait for. Throws LostPeer as check(), or where it takes longer than `limit`.
void wait_for_sums(DeviceRanks& ranks, c10::Device device,
                   std::chrono::milliseconds limit = std::chrono::minutes(2));

// NCCL makes connections and buffers with the first sums of each size: to be called while memory is
// left for them, and before a rank that cannot be reached would be taken for one that was lost.
// `zeros` are the gradients, of which buckets of `bucket_bytes` will be added up; they stay zeros.
// Collective. Throws as wait_for_sums().
void connect(DeviceRanks& ranks, const at::Tensor& zeros, int64_t bucket_bytes);

// Through the host's memory, where the communicator adds up as it does; begin() waits for all of
// that. Also for tensors on the CPU.
std::unique_ptr<DeviceRanks> make_staged_ranks(std::unique_ptr<Communicator> communicator);

// By NCCL, from GPU to GPU. `control` carries what NCCL needs to meet and is used by the
// constructor alone. Collective. Throws core::DeviceError when the ranks do not meet.
std::unique_ptr<DeviceRanks> make_nccl_ranks(Communicator& control);

}  // namespace train_backbone::comm
