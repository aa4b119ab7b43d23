#pragma once

#include <chrono>

namespace train_backbone::comm {

struct WatchLimits {
  std::chrono::milliseconds heartbeat{30'000};  // silence after which a rank counts as lost
  std::chrono::milliseconds progress{600'000};  // standstill of all after which one counts as stuck
};

}  // namespace train_backbone::comm
