#include "commands/rank_sums.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/comm/on_threads.h"
#include "train_backbone/comm/thread_ranks.h"

namespace train_backbone::commands {
namespace {

constexpr int kRanks = 3;
constexpr int64_t kCount = 1000;

// Collective.
bool adds_up(RankSums& sums, int64_t rank) {
  sums.fill(kCount, static_cast<float>(rank + 1));
  const bool is_filled = sums.all_are(static_cast<float>(rank + 1)) && !sums.all_are(6);
  sums.sum();
  return is_filled && sums.all_are(6) && !sums.all_are(static_cast<float>(rank + 1));
}

TEST(RankSums, OfTheHost) {
  const auto ranks = comm::make_thread_ranks(kRanks);
  std::atomic<int> right = 0;
  comm::on_threads(kRanks, [&](int64_t rank) {
    HostSums sums(*ranks[static_cast<size_t>(rank)]);
    right += adds_up(sums, rank) ? 1 : 0;
  });
  EXPECT_EQ(right, kRanks);
}

// The same on a GPU but for who adds.
TEST(RankSums, OfADevice) {
  auto ranks = comm::make_thread_ranks(kRanks);
  std::atomic<int> right = 0;
  comm::on_threads(kRanks, [&](int64_t rank) {
    DeviceSums sums(comm::make_staged_ranks(ranks[static_cast<size_t>(rank)]->duplicate()),
                    c10::kCPU);
    right += adds_up(sums, rank) ? 1 : 0;
  });
  EXPECT_EQ(right, kRanks);
}

}  // namespace
}  // namespace train_backbone::commands
