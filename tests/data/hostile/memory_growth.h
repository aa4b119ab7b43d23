#pragma once

#include <cstdint>

namespace train_backbone::data {

// By how much the process's resident memory has been above its size at the construction, at most.
// Linux's own account (proc(5): clear_refs, VmHWM), so it sees every allocator. One at a time.
class MemoryGrowth {
 public:
  MemoryGrowth();  // throws std::runtime_error where the system keeps no such account
  [[nodiscard]] int64_t peak_bytes() const;

 private:
  int64_t base_bytes_ = 0;
};

}  // namespace train_backbone::data
