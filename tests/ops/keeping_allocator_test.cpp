#include "ops/keeping_allocator.h"

#include <ATen/ops/empty.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>

#include <atomic>

namespace train_backbone::ops {
namespace {

class Counter final : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void* /*pointer*/, int64_t bytes, size_t /*allocated*/,
                         size_t /*reserved*/, c10::Device /*device*/) override {
    held += bytes;
  }
  [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }
  std::atomic<int64_t> held = 0;
};

TEST(KeepingAllocator, LargeTensorsUseMemoryAgainAndAreReported) {
  keep_memory_of_tensors();
  constexpr int64_t kBytes = int64_t{5} << 20;
  const auto counter = std::make_shared<Counter>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counter);
  void* first = nullptr;
  {
    const at::Tensor tensor = at::empty({kBytes}, at::kByte);
    first = tensor.data_ptr();
    EXPECT_EQ(counter->held, kBytes);
  }
  EXPECT_EQ(counter->held, 0);
  const at::Tensor again = at::empty({kBytes - 100}, at::kByte);
  EXPECT_EQ(again.data_ptr(), first);
  const at::Tensor small = at::empty({100}, at::kByte);
  EXPECT_EQ(counter->held, kBytes);
}

}  // namespace
}  // namespace train_backbone::ops
