#pragma once

#include <cstdint>

namespace train_backbone::data {

// Resident memory of this process as the kernel counts it, in bytes.
struct MemoryUse {
  uint64_t now = 0;
  uint64_t peak = 0;  // since the process began
};

// Throws core::DataError where the system does not tell (no /proc).
MemoryUse memory_use();

}  // namespace train_backbone::data
