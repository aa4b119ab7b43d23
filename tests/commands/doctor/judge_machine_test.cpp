#include "commands/doctor/judge_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMebi = uint64_t{1} << 20;
constexpr uint64_t kGibi = uint64_t{1} << 30;

void expect(const Finding& finding, FindingLevel level, const std::string& part) {
  EXPECT_EQ(finding.level, level) << finding.text;
  EXPECT_THAT(finding.text, HasSubstr(part));
  EXPECT_EQ(finding.advice.empty(), level == FindingLevel::kOk) << finding.advice;
}

TEST(JudgeMachine, SharedMemoryMustHoldWhatTheRanksOfTheHostPass) {
  SharedMemoryFacts facts{.bytes = 16 * kGibi, .free = 15 * kGibi};
  expect(judge_shared_memory(facts), FindingLevel::kOk, "15 GiB free");
  facts.free = 64 * kMebi;  // Docker's default
  expect(judge_shared_memory(facts), FindingLevel::kWarning, "64 MiB free: too little");
  facts.ranks_on_host = 8;
  expect(judge_shared_memory(facts), FindingLevel::kError, "8 ranks on this host");
  EXPECT_THAT(judge_shared_memory(facts).advice, HasSubstr("--ipc=host"));
  facts.free = 1 * kGibi;
  expect(judge_shared_memory(facts), FindingLevel::kWarning, "1.0 GiB free");
  facts.free = 2 * kGibi;
  expect(judge_shared_memory(facts), FindingLevel::kOk, "2.0 GiB free");
  facts.there = false;
  expect(judge_shared_memory(facts), FindingLevel::kWarning, "is not there");
}

TEST(JudgeMachine, LockedMemoryBelowTheUsualIsNamed) {
  expect(judge_locked_memory({}), FindingLevel::kOk, "unlimited");
  expect(judge_locked_memory({.locked_memory = 8 * kMebi}), FindingLevel::kOk, "8.0 MiB");
  expect(judge_locked_memory({.locked_memory = 64 << 10}), FindingLevel::kWarning, "64 KiB");
}

TEST(JudgeMachine, EveryShardMustBeOpenAtATime) {
  expect(judge_open_files({.open_files = 1024, .shards = 768}), FindingLevel::kOk, "1024 allowed");
  expect(judge_open_files({.open_files = 1024, .shards = 769}), FindingLevel::kError, "769 shards");
  EXPECT_TRUE(judge_open_files({.open_files = 1024, .shards = 1}).text.ends_with(", 1 shard"));
  expect(judge_open_files({}), FindingLevel::kOk, "unlimited");
}

TEST(JudgeMachine, ABindingToOneCoreIsNamed) {
  expect(judge_cores({.online = 96, .bound = 96, .usable = 96, .for_itself = 96}),
         FindingLevel::kOk, "96 of 96 cores");
  const Finding bound =
      judge_cores({.online = 2, .bound = 1, .usable = 1, .for_itself = 1, .ranks_on_host = 2});
  expect(bound, FindingLevel::kWarning, "bound to one");
  EXPECT_THAT(bound.advice, HasSubstr("--bind-to none"));
  expect(judge_cores({.online = 1, .bound = 1, .usable = 1, .for_itself = 1}), FindingLevel::kOk,
         "1 of 1");
}

TEST(JudgeMachine, CoresThatStandIdleAreNamedButNotThoseOfOtherRanks) {
  CoreFacts facts{.online = 96, .bound = 12, .usable = 12, .for_itself = 12, .ranks_on_host = 8};
  expect(judge_cores(facts), FindingLevel::kOk, "12 of 96");
  facts.ranks_on_host = 1;
  expect(judge_cores(facts), FindingLevel::kWarning, "idle");
}

TEST(JudgeMachine, ThreadsThatAreToFitTheCores) {
  CoreFacts facts{
      .online = 8, .bound = 8, .usable = 8, .for_itself = 8, .workers = 4, .compute_threads = 4};
  expect(judge_cores(facts), FindingLevel::kOk, "8 of 8");
  facts.workers = 5;
  expect(judge_cores(facts), FindingLevel::kWarning, "want 9");
  facts = {.online = 8, .bound = 8, .usable = 2, .for_itself = 2, .ranks_on_host = 4};
  expect(judge_cores(facts), FindingLevel::kOk, "a limit on processor time leaves 2 of 8");
}

TEST(JudgeMachine, DatesInTheFutureAndWrongClocksAreNamed) {
  ClockFacts facts{
      .now = 1'000'000, .program = 900'000, .newest_file = "shard", .newest = 1'000'004};
  expect(judge_clock(facts), FindingLevel::kOk, "no file");
  facts.newest = 1'000'000 + 3 * 86400;
  expect(judge_clock(facts), FindingLevel::kWarning, "shard is dated 3 days in the future");
  facts.program = 1'000'100;
  expect(judge_clock(facts), FindingLevel::kWarning, "100 s behind the date of the program");
  expect(judge_clock({.now = 1, .newest_file = {}, .between_ranks = 2.5}), FindingLevel::kWarning,
         "differ by 2.5 s");
}

TEST(JudgeMachine, ARunsFilesMustFindRoom) {
  SpaceFacts facts{.path = "runs/a", .free = 10 * kGibi, .needed = 2 * kGibi, .model = "resnet"};
  expect(judge_space(facts), FindingLevel::kOk, "10 GiB free");
  facts.free = 3 * kGibi;
  expect(judge_space(facts), FindingLevel::kWarning, "3.0 GiB free, a run of resnet keeps 2.0 GiB");
  facts.free = 1 * kGibi;
  expect(judge_space(facts), FindingLevel::kError, "1.0 GiB free");
  facts.writable = false;
  expect(judge_space(facts), FindingLevel::kError, "cannot be written");
}

}  // namespace
}  // namespace train_backbone::commands
