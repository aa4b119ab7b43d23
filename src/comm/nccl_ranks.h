#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "comm/nccl_library.h"
#include "train_backbone/comm/device_ranks.h"

namespace train_backbone::comm {

// See make_nccl_ranks. What has failed is aborted at once, and every later call throws again. When
// a rank is lost it is Watch that ends the others, whatever they wait for.
class NcclRanks final : public DeviceRanks {
 public:
  struct Limits {
    std::chrono::milliseconds init{120'000};
    std::chrono::milliseconds call{600'000};  // until NCCL has taken a call, not until it is done
    std::chrono::milliseconds end{10'000};
  };

  NcclRanks(Communicator& control, std::unique_ptr<NcclLibrary> library, const Limits& limits);
  NcclRanks(const NcclRanks&) = delete;
  NcclRanks& operator=(const NcclRanks&) = delete;
  NcclRanks(NcclRanks&&) = delete;
  NcclRanks& operator=(NcclRanks&&) = delete;
  // Collective where nothing has failed.
  ~NcclRanks() override;

  [[nodiscard]] int64_t world_size() const override { return world_size_; }
  void begin(const at::Tensor& tensor, Operation operation) override;
  void join() override;
  void check() override;

 private:
  void meet(Communicator& control);
  // Waits until NCCL has done what it answered this for.
  void finish(NcclLibrary::Answer answer, std::chrono::milliseconds limit, const char* what);
  [[noreturn]] void fail(const std::string& text);
  void throw_if_failed() const;

  std::mutex mutex_;  // hooks call from threads of autograd, check() from the run's own
  std::unique_ptr<NcclLibrary> library_;
  Limits limits_;
  int64_t world_size_;
  std::string failure_;
};

}  // namespace train_backbone::comm
