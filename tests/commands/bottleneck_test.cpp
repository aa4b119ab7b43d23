#include "commands/bottleneck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// 1000 pictures of 110 KB in 10 s on one rank: compute-bound, workers mostly idle.
TrainingTimes balanced() {
  return {.seconds = 10,
          .waiting = 0.1,
          .reading = 0.5,
          .decoding = 3,
          .bytes_read = 110'000'000,
          .samples = 1000,
          .steps = 10,
          .workers = 2,
          .compute_threads = 6,
          .cores = 8};
}

TEST(Bottleneck, ARunThatHardlyWaitsComputes) {
  const Verdict verdict = find_bottleneck(balanced());
  EXPECT_EQ(verdict.bottleneck, Bottleneck::kCompute);
  EXPECT_NEAR(verdict.share, 0.99, 1e-9);
  // 1000 / 9.9 s; 2 threads in 3.5 s.
  EXPECT_THAT(verdict.advice, HasSubstr("compute takes 101 img/s, the loader could make 571"));
  EXPECT_THAT(verdict.advice, HasSubstr("--compute_threads 7 (now 6) of 8 cores"));
}

TEST(Bottleneck, ComputeThatHasAllCoresNeedsMore) {
  TrainingTimes times = balanced();
  times.compute_threads = 7;
  EXPECT_THAT(find_bottleneck(times).advice, Not(HasSubstr("--compute_threads")));
}

TEST(Bottleneck, AWaitForReadingIsTheDisk) {
  TrainingTimes times = balanced();
  times.waiting = 6;
  times.reading = 15;
  const Verdict verdict = find_bottleneck(times);
  EXPECT_EQ(verdict.bottleneck, Bottleneck::kDisk);
  EXPECT_NEAR(verdict.share, 0.6, 1e-9);
  EXPECT_THAT(verdict.advice, HasSubstr("read 83 % of their time"));
  EXPECT_THAT(verdict.advice, HasSubstr("at 11 MB/s and compute takes 27.5 MB/s"));
  EXPECT_THAT(verdict.advice, HasSubstr("--shuffle block"));
  times.block_shuffle = true;
  EXPECT_THAT(find_bottleneck(times).advice, Not(HasSubstr("--shuffle block")));
}

TEST(Bottleneck, AWaitForDecodingSaysHowManyWorkersWouldDo) {
  TrainingTimes times = balanced();
  times.waiting = 5;
  times.decoding = 19.5;  // 2 threads, always busy; 20 ms for a picture, 200 img/s wanted
  times.compute_threads = 4;
  const Verdict verdict = find_bottleneck(times);
  EXPECT_EQ(verdict.bottleneck, Bottleneck::kDecode);
  EXPECT_THAT(verdict.advice, HasSubstr("2 loader threads made 100 img/s and compute takes 200"));
  EXPECT_THAT(verdict.advice, HasSubstr("--workers 4 would do (8 cores)"));
  times.compute_threads = 6;
  EXPECT_THAT(find_bottleneck(times).advice,
              HasSubstr("needs 4 threads, and 8 cores less 6 compute threads leave 2"));
}

TEST(Bottleneck, WaitingForGradientsIsTheNetwork) {
  TrainingTimes times = balanced();
  times.reducing = 5;
  times.ranks = 4;
  times.gradient_bytes = 102'000'000;
  const Verdict verdict = find_bottleneck(times);
  EXPECT_EQ(verdict.bottleneck, Bottleneck::kAllReduce);
  EXPECT_THAT(verdict.advice,
              HasSubstr("0.5 s of each step's 1 wait for 102 MB of gradients between 4 ranks"));
  EXPECT_THAT(verdict.advice, HasSubstr("--wire_dtype bf16"));
  times.halved_gradients = true;
  EXPECT_THAT(find_bottleneck(times).advice, Not(HasSubstr("--wire_dtype")));
  times.reducing = 1.9;  // less than a fifth
  EXPECT_EQ(find_bottleneck(times).bottleneck, Bottleneck::kCompute);
}

TEST(Bottleneck, OfSeveralWaitsTheLongestCounts) {
  TrainingTimes times = balanced();
  times.ranks = 2;
  times.waiting = 3;
  times.reducing = 4;
  EXPECT_EQ(find_bottleneck(times).bottleneck, Bottleneck::kAllReduce);
  times.copying = 4.5;
  EXPECT_EQ(find_bottleneck(times).bottleneck, Bottleneck::kCopy);
  times.waiting = 5;
  EXPECT_EQ(find_bottleneck(times).bottleneck, Bottleneck::kDecode);
}

TEST(Bottleneck, AGpuIsNotGivenTheAdviceOfACpu) {
  TrainingTimes times = balanced();
  times.on_gpu = true;
  times.ranks = 8;
  times.compute_threads = 1;
  EXPECT_THAT(find_bottleneck(times).advice,
              AllOf(Not(HasSubstr("--compute_threads")), HasSubstr("more GPUs")));
  times.reducing = 5;
  EXPECT_THAT(find_bottleneck(times).advice,
              AllOf(Not(HasSubstr("--wire_dtype")), HasSubstr("--accumulate_steps")));
}

TEST(Bottleneck, AnEmptyMeasurementIsNoDivisionByZero) {
  EXPECT_THAT(verdict_text(find_bottleneck({})), HasSubstr("compute, 100 % of the time; "));
}

}  // namespace
}  // namespace train_backbone::commands
