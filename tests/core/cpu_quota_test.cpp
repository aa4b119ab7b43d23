#include "core/cpu_quota.h"

#include <gtest/gtest.h>

#include "fake_root.h"
#include "train_backbone/core/allowed_cores.h"

namespace train_backbone::core {
namespace {

using CpuQuotaTest = FakeRoot;

TEST_F(CpuQuotaTest, WithoutGroupsThereIsNoLimit) { EXPECT_EQ(cpu_quota(root_), std::nullopt); }

TEST_F(CpuQuotaTest, InsideAContainerTheRootOfTheHierarchyTells) {
  write("proc/self/cgroup", "0::/");
  write("sys/fs/cgroup/cpu.max", "150000 100000");
  EXPECT_EQ(cpu_quota(root_), 1.5);
}

TEST_F(CpuQuotaTest, MaxIsNoLimit) {
  write("proc/self/cgroup", "0::/");
  write("sys/fs/cgroup/cpu.max", "max 100000");
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
}

TEST_F(CpuQuotaTest, TheSmallestOfAllGroupsAboveCounts) {
  write("proc/self/cgroup", "0::/user.slice/job/step");
  write("sys/fs/cgroup/user.slice/cpu.max", "400000 100000");
  write("sys/fs/cgroup/user.slice/job/cpu.max", "200000 100000");
  write("sys/fs/cgroup/user.slice/job/step/cpu.max", "max 100000");
  EXPECT_EQ(cpu_quota(root_), 2);
}

TEST_F(CpuQuotaTest, APathThatTheContainerDoesNotSeeLeadsToItsOwnRoot) {
  write("proc/self/cgroup", "0::/docker/0123");
  write("sys/fs/cgroup/cpu.max", "300000 100000");
  EXPECT_EQ(cpu_quota(root_), 3);
}

TEST_F(CpuQuotaTest, VersionOneIsReadToo) {
  write("proc/self/cgroup", "5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n1:name=systemd:/");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "50000");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cpu_quota(root_), 0.5);
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1");
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
}

TEST_F(CpuQuotaTest, GroupsOfOtherControllersDoNotCount) {
  write("proc/self/cgroup", "3:cpuset:/a\n\nnonsense");
  write("sys/fs/cgroup/cpuset/a/cpu.cfs_quota_us", "50000");
  write("sys/fs/cgroup/cpuset/a/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
}

TEST(AllowedCores, IsAtLeastOne) { EXPECT_GE(allowed_cores(), 1); }

}  // namespace
}  // namespace train_backbone::core
