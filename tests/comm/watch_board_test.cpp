#include "comm/watch_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::comm {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class WatchBoardTest : public testing::Test {
 protected:
  // Three ranks on two hosts; silent after 30 s, stuck after 600 s.
  WatchBoard board_{{"a", "a", "b"}, WatchLimits{}, WatchBoard::Time{}};

  static WatchBoard::Time at(int64_t second) { return WatchBoard::Time{} + seconds(second); }
  void all_heard(int64_t second, const ProgressSnapshot& progress) {
    for (int64_t rank = 0; rank < 3; ++rank) board_.heard(rank, progress, at(second));
  }
  // All ranks have done so many steps, or get into another phase behind them.
  void all_stand_at(int64_t second, int64_t step, Phase phase = Phase::kTraining) {
    all_heard(second, {.step = step, .phase = phase, .calls = step});
  }
  // From `begin`, in which time nobody gets on, all are heard.
  void nothing_moves(int64_t begin, int64_t end, const ProgressSnapshot& progress) {
    for (int64_t second = begin; second <= end; second += 10) all_heard(second, progress);
  }
  [[nodiscard]] std::string verdict(int64_t second) const {
    return board_.verdict(at(second)).value_or("all is well");
  }
};

TEST_F(WatchBoardTest, RanksThatAreHeardAreWell) {
  EXPECT_EQ(verdict(30), "all is well");
  for (int64_t second = 20; second < 2000; second += 20) {
    all_heard(second, {.step = second, .phase = Phase::kTraining, .calls = second});
    EXPECT_EQ(verdict(second + 20), "all is well");
  }
}

TEST_F(WatchBoardTest, ASilentRankIsNamedWithHostStepAndPhase) {
  all_heard(1, {.step = 7, .phase = Phase::kValidating, .calls = 3});
  board_.heard(0, {.step = 8, .phase = Phase::kTraining, .calls = 9}, at(30));
  board_.heard(1, {.step = 8, .phase = Phase::kTraining, .calls = 9}, at(30));
  EXPECT_EQ(verdict(31), "all is well");
  EXPECT_THAT(verdict(32), AllOf(HasSubstr("rank 2 (b)"), HasSubstr("silent for 31 s"),
                                 HasSubstr("after step 7 while validating")));
}

TEST_F(WatchBoardTest, WhatWasNotHeardDuringAnOwnPauseIsForgiven) {
  all_heard(1, {.step = 7, .phase = Phase::kTraining, .calls = 3});
  board_.forgive(seconds(1000));
  EXPECT_EQ(verdict(1031), "all is well");
  EXPECT_THAT(verdict(1032), HasSubstr("silent for 31 s"));
}

TEST_F(WatchBoardTest, ARankThatHangsUpHasEnded) {
  all_heard(1, {.step = 4, .phase = Phase::kSaving, .calls = 3});
  board_.hung_up(1);
  EXPECT_THAT(verdict(2), AllOf(HasSubstr("rank 1 (a)"), HasSubstr("ended"),
                                HasSubstr("after step 4 while saving")));
}

TEST_F(WatchBoardTest, ARankThatSaidGoodbyeMayHangUpAndBeSilent) {
  board_.said_goodbye(2);
  board_.hung_up(2);
  board_.heard(0, {.calls = 1}, at(60));
  board_.heard(1, {.calls = 1}, at(60));
  EXPECT_EQ(verdict(60), "all is well");
}

TEST_F(WatchBoardTest, OfAStandingRunTheRankThatOthersWaitForIsNamed) {
  for (int64_t second = 0; second <= 620; second += 10) {
    board_.heard(0, {.step = 5, .phase = Phase::kTraining, .calls = 40, .waiting = true},
                 at(second));
    board_.heard(1, {.step = 5, .phase = Phase::kTraining, .calls = 40, .waiting = true},
                 at(second));
    board_.heard(2, {.step = 5, .phase = Phase::kTraining, .calls = 39}, at(second));
    if (second <= 600) {
      EXPECT_EQ(verdict(second), "all is well") << second;
    }
  }
  EXPECT_EQ(board_.lost(at(620)), std::nullopt);
  EXPECT_THAT(verdict(620), AllOf(HasSubstr("no progress for 600 s"), HasSubstr("rank 2 (b)"),
                                  Not(HasSubstr("rank 0")), Not(HasSubstr("rank 1"))));
}

TEST_F(WatchBoardTest, ARunThatMovesSomewhereIsNotStuck) {
  for (int64_t second = 0; second <= 1000; second += 10) {
    all_heard(second, {.calls = 1, .waiting = true});
    board_.heard(1, {.calls = second}, at(second));
    EXPECT_EQ(verdict(second), "all is well") << second;
  }
}

TEST_F(WatchBoardTest, AnIndexMayTakeLong) {
  for (int64_t second = 0; second <= 3600; second += 10) {
    all_heard(second, {.phase = Phase::kStarting, .calls = 3, .waiting = true});
    EXPECT_EQ(verdict(second), "all is well") << second;
  }
}

TEST_F(WatchBoardTest, WhereStepsTakeLongTheLimitIsTenOfThem) {
  all_stand_at(0, 1);
  all_stand_at(100, 2);
  all_stand_at(220, 3);
  const ProgressSnapshot third_step{.step = 3, .phase = Phase::kTraining, .calls = 3};
  nothing_moves(230, 1220, third_step);
  EXPECT_EQ(verdict(1220), "all is well");
  nothing_moves(1221, 1221, third_step);
  EXPECT_THAT(verdict(1221), AllOf(HasSubstr("no progress for 1000 s"),
                                   HasSubstr("needs a larger --progress_timeout")));
}

// A network file system that hung once: the limit is what it was.
TEST_F(WatchBoardTest, OneStepThatWasHeldUpChangesNothing) {
  for (int64_t step = 1; step <= 10; ++step) all_stand_at(step, step);
  all_stand_at(500, 11);
  all_stand_at(501, 12);
  const ProgressSnapshot progress{.step = 12, .phase = Phase::kTraining, .calls = 12};
  nothing_moves(510, 1110, progress);
  EXPECT_THAT(verdict(1110), HasSubstr("no progress for 600 s"));
}

TEST_F(WatchBoardTest, ShortStepsDoNotShortenTheLimit) {
  for (int64_t step = 1; step <= 20; ++step) all_stand_at(step, step);
  const ProgressSnapshot progress{.step = 20, .phase = Phase::kTraining, .calls = 20};
  nothing_moves(30, 620, progress);
  EXPECT_EQ(verdict(620), "all is well");
  nothing_moves(621, 621, progress);
  EXPECT_THAT(verdict(621), HasSubstr("no progress for 600 s"));
}

// Making an index takes as long as it takes, and so does a validation; the process may be paused.
TEST_F(WatchBoardTest, WhatIsNoStepDoesNotCountAsALongOne) {
  all_heard(0, {.phase = Phase::kStarting});
  all_heard(200, {.phase = Phase::kStarting, .calls = 1});
  all_stand_at(200, 0);
  all_stand_at(201, 1);
  all_stand_at(201, 1, Phase::kValidating);
  all_stand_at(401, 1, Phase::kSaving);
  all_stand_at(501, 1);
  board_.forgive(seconds(100));
  all_stand_at(602, 2);
  const ProgressSnapshot progress{.step = 2, .phase = Phase::kTraining, .calls = 2};
  nothing_moves(610, 1203, progress);
  nothing_moves(1203, 1203, progress);
  EXPECT_THAT(verdict(1203), HasSubstr("no progress for 600 s"));
}

TEST_F(WatchBoardTest, RanksThatAllWaitAreSaidToDoSo) {
  for (int64_t second = 0; second <= 620; second += 10) {
    all_heard(second, {.phase = Phase::kTraining, .calls = 7, .waiting = true});
  }
  EXPECT_THAT(verdict(620), HasSubstr("all ranks wait for each other"));
}

}  // namespace
}  // namespace train_backbone::comm
