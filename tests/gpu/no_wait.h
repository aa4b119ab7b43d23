#pragma once

#include <c10/cuda/CUDAFunctions.h>

namespace train_backbone::test {

// While one lives, LibTorch throws c10::Error, in every thread, where the host is to wait for the
// GPU.
class NoWait {
 public:
  NoWait() { set(c10::cuda::SyncDebugMode::L_ERROR); }
  NoWait(const NoWait&) = delete;
  NoWait& operator=(const NoWait&) = delete;
  NoWait(NoWait&&) = delete;
  NoWait& operator=(NoWait&&) = delete;
  ~NoWait() { set(c10::cuda::SyncDebugMode::L_DISABLED); }

 private:
  static void set(c10::cuda::SyncDebugMode mode) {
    c10::cuda::warning_state().set_sync_debug_mode(mode);
  }
};

}  // namespace train_backbone::test
