#include "train_backbone/core/available_memory.h"

#include <gtest/gtest.h>

#include <string>

#include "fake_root.h"

namespace train_backbone::core {
namespace {

class AvailableMemoryTest : public FakeRoot {
 protected:
  void write_machine() const {
    write("proc/meminfo",
          "MemTotal: 4000 kB\nMemFree: 10 kB\nMemAvailable:    3000 kB\nBuffers: 1 kB");
  }
  static constexpr int64_t kMachine = 3000 * 1024;
};

TEST_F(AvailableMemoryTest, WhereNothingIsToldNothingIsKnown) {
  EXPECT_EQ(available_memory(root_), std::nullopt);
}

TEST_F(AvailableMemoryTest, WithoutLimitsItIsTheMachines) {
  write_machine();
  write("proc/self/cgroup", "0::/job");
  write("sys/fs/cgroup/job/memory.max", "max");
  write("sys/fs/cgroup/job/memory.current", "1000000");
  EXPECT_EQ(available_memory(root_), kMachine);
}

TEST_F(AvailableMemoryTest, ALimitCountsWithoutWhatIsUsedButForCachedFiles) {
  write_machine();
  write("proc/self/cgroup", "0::/job/step");
  write("sys/fs/cgroup/job/memory.max", "2000000");
  write("sys/fs/cgroup/job/memory.current", "1500000");
  EXPECT_EQ(available_memory(root_), 500'000);
  write("sys/fs/cgroup/job/memory.stat", "anon 1300000\nactive_file 50000\ninactive_file 100000");
  EXPECT_EQ(available_memory(root_), 650'000);
  write("sys/fs/cgroup/job/memory.current", "3000000");  // a limit may be set below
  EXPECT_EQ(available_memory(root_), 0);
}

TEST_F(AvailableMemoryTest, ALimitBeyondTheMachineIsNone) {
  write_machine();
  write("proc/self/cgroup", "0::/");
  write("sys/fs/cgroup/memory.max", "9000000000");
  write("sys/fs/cgroup/memory.current", "0");
  EXPECT_EQ(available_memory(root_), kMachine);
}

TEST_F(AvailableMemoryTest, VersionOneIsReadToo) {
  write_machine();
  write("proc/self/cgroup", "5:memory:/docker/1\n4:cpu,cpuacct:/docker/1");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "400000");
  write("sys/fs/cgroup/memory/memory.stat",
        "inactive_file 7\ntotal_inactive_file 50000\ntotal_active_file 10000");
  EXPECT_EQ(available_memory(root_), 660'000);
}

TEST(AvailableMemory, OfThisMachineIsKnown) {
  EXPECT_GT(available_memory().value_or(0), int64_t{1} << 20);
}

}  // namespace
}  // namespace train_backbone::core
