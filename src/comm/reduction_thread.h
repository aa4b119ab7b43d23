#pragma once

#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "comm/reduction.h"
#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Of a tensor on the CPU, in a thread of its own, one stretch after the other. May be called from
// any thread.
class ReductionThread final : public Reduction {
 public:
  // `flat`: contiguous, fp32 or fp64, on the CPU.
  ReductionThread(at::Tensor flat, std::unique_ptr<Communicator> communicator);
  ReductionThread(const ReductionThread&) = delete;
  ReductionThread& operator=(const ReductionThread&) = delete;
  // Waits for the reduction under way and drops the others.
  ~ReductionThread() override;

  void submit(int64_t begin, int64_t end) override;
  // Throws what the communicator threw; every later call throws it again.
  void wait() override;

 private:
  struct Stretch {
    int64_t begin = 0;
    int64_t end = 0;
  };

  void run();
  bool next(Stretch& stretch);

  at::Tensor flat_;
  std::unique_ptr<Communicator> communicator_;  // of thread_ alone
  std::mutex mutex_;                            // guards all below but thread_
  std::condition_variable changed_;
  std::deque<Stretch> queue_;
  bool busy_ = false;
  bool ending_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace train_backbone::comm
