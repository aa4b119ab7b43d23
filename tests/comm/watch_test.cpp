#include "train_backbone/comm/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "tests/comm/on_threads.h"
#include "tests/support/free_port.h"
#include "train_backbone/comm/make_communicator.h"
#include "train_backbone/comm/thread_ranks.h"

namespace train_backbone::comm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

constexpr int kRanks = 3;
// After the ranks have met, until each has been heard.
constexpr milliseconds kFirstBeats(1000);
// What a machine with much else to do may add; far less than --progress_timeout.
constexpr seconds kBusyMachine(30);

// Those that have said goodbye may hang up, which they do after 3 s, and be silent.
TEST(Watch, RanksThatEndAsTheyShouldEndQuietly) {
  const auto ranks = make_thread_ranks(kRanks);
  std::atomic<int> ends{0};
  on_threads(kRanks, [&](int64_t rank) {
    Communicator& own = *ranks[static_cast<size_t>(rank)];
    const Progress progress;
    const Watch watch(
        own, std::vector<std::string>(kRanks, "host"),
        {.limits = {.heartbeat = seconds(2), .progress = seconds(600)}, .end = [&ends] { ++ends; }},
        progress);
    own.barrier();
    if (rank == 0) std::this_thread::sleep_for(seconds(4));
  });
  EXPECT_EQ(ends, 0);
}

// As --heartbeat_timeout and --progress_timeout allow: four months.
TEST(Watch, TheLongestLimitsAreNoLess) {
  constexpr milliseconds kLongest(10'000'000'000);
  const auto ranks = make_thread_ranks(kRanks);
  std::atomic<int> ends{0};
  on_threads(kRanks, [&](int64_t rank) {
    Communicator& own = *ranks[static_cast<size_t>(rank)];
    const Progress progress;
    const Watch watch(
        own, std::vector<std::string>(kRanks, "host"),
        {.limits = {.heartbeat = kLongest, .progress = kLongest}, .end = [&ends] { ++ends; }},
        progress);
    own.barrier();
    std::this_thread::sleep_for(milliseconds(300));
  });
  EXPECT_EQ(ends, 0);
}

// Ranks in processes of their own, which can die and stop.
class WatchedProcesses : public testing::Test {
 protected:
  // Each rank runs `work`, watched, and is expected to leave by the watch if `work` does not.
  // All are watched when this returns.
  void start(const std::function<void(int64_t, Watch&, Progress&)>& work, WatchLimits limits) {
    ASSERT_EQ(::pipe(ready_), 0);
    const int64_t port = test::free_port();
    for (int64_t rank = 0; rank < kRanks; ++rank) {
      children_[rank] = ::fork();
      if (children_[rank] != 0) continue;
      if (std::freopen(errors(rank).c_str(), "w", stderr) == nullptr) ::_exit(126);
      run(rank, port, work, limits);
    }
    ::close(std::exchange(ready_[1], -1));
    for (int count = 0; count < kRanks; ++count) {
      char ready = 0;
      ASSERT_EQ(::read(ready_[0], &ready, 1), 1) << "a rank has ended";
    }
  }

  // All ranks begin in training after step 12, as even their first heartbeat says.
  [[noreturn]] void run(int64_t rank, int64_t port,
                        const std::function<void(int64_t, Watch&, Progress&)>& work,
                        WatchLimits limits) const {
    const auto communicator = make_communicator({.rank = rank,
                                                 .world_size = kRanks,
                                                 .launcher = "torchrun",
                                                 .over_mpi = false,
                                                 .address = "127.0.0.1",
                                                 .port = port});
    Progress progress;
    progress.set_step(12);
    progress.set_phase(Phase::kTraining);
    {
      Watch watch(*communicator, {"a", "b", "c"}, {.limits = limits, .end = {}}, progress);
      communicator->barrier();
      if (::write(ready_[1], "r", 1) != 1) ::_exit(125);
      work(rank, watch, progress);
    }
    ::_exit(0);
  }

  [[nodiscard]] std::string errors(int64_t rank) const {
    return testing::TempDir() + "watch_" + std::to_string(parent_) + "_" + std::to_string(rank);
  }
  [[nodiscard]] std::string text_of(int64_t rank) const {
    std::ostringstream text;
    text << std::ifstream(errors(rank)).rdbuf();
    return text.str();
  }

  // As a shell says it.
  int wait(int64_t rank) {
    int status = 0;
    ::waitpid(children_[rank], &status, 0);
    children_[rank] = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  void TearDown() override {
    for (int64_t rank = 0; rank < kRanks; ++rank) {
      if (children_[rank] > 0) {
        ::kill(children_[rank], SIGKILL);
        ::waitpid(children_[rank], nullptr, 0);
      }
      std::remove(errors(rank).c_str());
    }
    for (const int end : ready_) ::close(end);
  }

  static void stand_still(int64_t /*rank*/, Watch& /*watch*/, Progress& /*progress*/) {
    while (true) std::this_thread::sleep_for(seconds(1));
  }

  pid_t parent_ = ::getpid();
  pid_t children_[kRanks] = {};
  int ready_[2] = {-1, -1};  // a byte of each
};

TEST_F(WatchedProcesses, WatchingCostsNoTime) {
  start(
      [](int64_t, Watch&, Progress&) {
        std::this_thread::sleep_for(seconds(2));
        timespec used{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        if (used.tv_sec > 0 || used.tv_nsec > 200'000'000) ::_exit(7);
      },
      {.heartbeat = seconds(10), .progress = seconds(600)});
  for (int64_t rank = 0; rank < kRanks; ++rank) EXPECT_EQ(wait(rank), 0);
}

TEST_F(WatchedProcesses, AKilledRankEndsTheOthersWithAMessage) {
  start(stand_still, {.heartbeat = seconds(30), .progress = seconds(600)});
  std::this_thread::sleep_for(kFirstBeats);
  ::kill(children_[2], SIGKILL);
  EXPECT_EQ(wait(2), 128 + SIGKILL);
  EXPECT_EQ(wait(0), 4);
  EXPECT_EQ(wait(1), 4);
  EXPECT_THAT(text_of(0),
              AllOf(HasSubstr("rank 2 (c) has ended"), HasSubstr("step 12 while training")));
}

TEST_F(WatchedProcesses, AStoppedRankIsSilent) {
  start(stand_still, {.heartbeat = seconds(3), .progress = seconds(600)});
  std::this_thread::sleep_for(kFirstBeats);
  ::kill(children_[1], SIGSTOP);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(wait(0), 4);
  EXPECT_EQ(wait(2), 4);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(3) + kBusyMachine);
  EXPECT_THAT(text_of(0), AllOf(HasSubstr("rank 1 (b) has been silent"), HasSubstr("step 12")));
}

// As a batch system suspends a job, or a laptop sleeps.
TEST_F(WatchedProcesses, APauseOfAllEndsNothing) {
  start(
      [](int64_t, Watch&, Progress& progress) {
        for (int64_t step = 13; true; ++step) {
          progress.set_step(step);
          std::this_thread::sleep_for(milliseconds(20));
        }
      },
      {.heartbeat = seconds(3), .progress = seconds(3)});
  std::this_thread::sleep_for(kFirstBeats);
  for (const pid_t child : children_) ::kill(child, SIGSTOP);
  std::this_thread::sleep_for(seconds(4));
  for (const pid_t child : children_) ::kill(child, SIGCONT);
  std::this_thread::sleep_for(milliseconds(1000));
  for (const pid_t child : children_) EXPECT_EQ(::waitpid(child, nullptr, WNOHANG), 0);
}

TEST_F(WatchedProcesses, TheFirstRankIsWatchedToo) {
  start(stand_still, {.heartbeat = seconds(3), .progress = seconds(600)});
  std::this_thread::sleep_for(kFirstBeats);
  ::kill(children_[0], SIGSTOP);
  EXPECT_EQ(wait(1), 4);
  EXPECT_EQ(wait(2), 4);
  EXPECT_THAT(text_of(1), AllOf(HasSubstr("rank 0 (a) has been silent"), HasSubstr("step 12")));
}

TEST_F(WatchedProcesses, ARankThatFailsTakesTheOthersAlong) {
  start(
      [](int64_t rank, Watch& watch, Progress& progress) {
        if (rank != 1) stand_still(rank, watch, progress);
        progress.set_step(9);
        watch.tell_failure();
      },
      {.heartbeat = seconds(30), .progress = seconds(600)});
  EXPECT_EQ(wait(1), 0);
  EXPECT_EQ(wait(0), 4);
  EXPECT_EQ(wait(2), 4);
  EXPECT_THAT(text_of(0), HasSubstr("rank 1 (b) has failed after step 9"));
}

TEST_F(WatchedProcesses, AFailureOfTheFirstRankIsToldByTheOthers) {
  start(
      [](int64_t rank, Watch& watch, Progress& progress) {
        if (rank != 0) stand_still(rank, watch, progress);
        progress.set_step(9);
        watch.tell_failure();
      },
      {.heartbeat = seconds(30), .progress = seconds(600)});
  EXPECT_EQ(wait(0), 0);
  for (const int64_t rank : {1, 2}) {
    EXPECT_EQ(wait(rank), 4);
    EXPECT_THAT(text_of(rank), HasSubstr("rank 0 (a) has failed after step 9"));
  }
}

TEST_F(WatchedProcesses, ARankThatStandsStillIsNamed) {
  start(
      [](int64_t rank, Watch& watch, Progress& progress) {
        if (rank != 2) progress.begin_call();
        stand_still(rank, watch, progress);
      },
      {.heartbeat = seconds(30), .progress = seconds(2)});
  EXPECT_EQ(wait(0), 4);
  EXPECT_THAT(text_of(0), AllOf(HasSubstr("no progress"), HasSubstr("rank 2 (c)")));
}

}  // namespace
}  // namespace train_backbone::comm
