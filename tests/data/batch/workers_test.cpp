#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

#include "train_backbone/data/batch/workers.h"

namespace train_backbone::data {
namespace {

TEST(ResolveWorkers, TakesAGivenNumberAsItIs) { EXPECT_EQ(resolve_workers(7, 64), 7); }

TEST(ResolveWorkers, LeavesTheComputeThreadsTheirCoresButKeepsOne) {
  EXPECT_EQ(resolve_workers(0, 1'000'000), 1);
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  EXPECT_EQ(resolve_workers(0, 0), CPU_COUNT(&allowed));
}

TEST(ResolveWorkers, CountsOnlyTheCoresOfThisProcess) {
  int cores = 0;
  std::thread narrow([&cores] {  // the mask is the thread's own
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    cores = resolve_workers(0, 0);
  });
  narrow.join();
  EXPECT_EQ(cores, 1);
}

TEST(CrowdingMessage, NamesBothNumbersAndTheLaunchersBinding) {
  const auto message = crowding_message(8, 2);
  ASSERT_TRUE(message.has_value());
  EXPECT_THAT(*message,
              testing::AllOf(testing::HasSubstr("--workers 8"), testing::HasSubstr("2 cores"),
                             testing::HasSubstr("mpirun --bind-to none")));
}

TEST(CrowdingMessage, HasNothingToSayWhereTheWorkersFit) {
  EXPECT_EQ(crowding_message(2, 2), std::nullopt);
  EXPECT_EQ(crowding_message(1, 2), std::nullopt);
  EXPECT_EQ(crowding_message(0, 1), std::nullopt);  // auto
}

}  // namespace
}  // namespace train_backbone::data
