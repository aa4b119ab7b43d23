#include "ops/keeping_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include "ops/kept_blocks.h"

namespace train_backbone::ops {
namespace {

// Below it the C library keeps memory well enough, and rounding would waste much.
constexpr size_t kSmallest = size_t{1} << 20;

class KeepingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* const block = bytes < kSmallest ? c10::alloc_cpu(bytes) : blocks().take(bytes);
    c10::profiledCPUMemoryReporter().New(block, bytes);
    return {block, block, &give_back, c10::Device(c10::kCPU)};
  }
  // The same for all, as oneDNN wants it.
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  // LibTorch's deleters are plain functions, and tensors may outlive main(): never destroyed.
  static KeptBlocks& blocks() {
    static auto* const all = new KeptBlocks;
    return *all;
  }
  static void give_back(void* block) {
    if (block == nullptr) return;
    c10::profiledCPUMemoryReporter().Delete(block);
    if (!blocks().give_back(block)) c10::free_cpu(block);
  }
};

}  // namespace

void keep_memory_of_tensors() {
  static auto* const allocator = new KeepingAllocator;
  if (c10::GetCPUAllocator() != allocator) c10::SetCPUAllocator(allocator);
}

}  // namespace train_backbone::ops
