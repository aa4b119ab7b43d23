#include "train_backbone/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/train/tiny_run.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Writes down what a trainer tells.
struct Diary : TrainObserver {
  void on_step(const StepReport& report) override { losses.push_back(report.batch.mean_loss()); }
  void on_interval(const IntervalReport& report) override {
    intervals.push_back({report.step, report.train.count});
  }
  void on_epoch(const EpochReport& report) override { epochs.push_back(report); }
  void on_checkpoint(const RunState& state) override { checkpoints.push_back(state.step); }

  std::vector<double> losses;
  std::vector<std::pair<int64_t, int64_t>> intervals;
  std::vector<EpochReport> epochs;
  std::vector<int64_t> checkpoints;
};

TEST(Trainer, EndsEveryEpochAtItsStepWithAllItsSamples) {
  TinyRun run({});
  Diary diary;
  ASSERT_TRUE(run.run(&diary));
  // 3 x 23 records in steps of 5: epochs end after ceil(23 / 5), ceil(46 / 5) and at the end.
  ASSERT_EQ(diary.epochs.size(), 3U);
  std::vector<int64_t> steps;
  std::vector<int64_t> samples;
  for (const EpochReport& epoch : diary.epochs) {
    steps.push_back(epoch.step);
    samples.push_back(epoch.train.count);
    EXPECT_TRUE(epoch.complete);
    ASSERT_TRUE(epoch.validation);
    EXPECT_EQ(epoch.validation->count, 7);
    EXPECT_EQ(epoch.train.count, epoch.speed.samples);
  }
  EXPECT_THAT(steps, ElementsAre(5, 10, 13));
  EXPECT_THAT(samples, ElementsAre(25, 25, 15));
  EXPECT_THAT(diary.checkpoints, ElementsAre(5, 10, 13));
}

// As on a GPU, where the numbers of a step come when the next one runs.
TEST(Trainer, NumbersThatComeLateAreTheSame) {
  std::vector<std::unique_ptr<TinyRun>> runs;
  Diary diaries[2];
  for (const bool blind : {false, true}) {
    runs.push_back(std::make_unique<TinyRun>(TinySettings{
        .blind = blind, .trainer = {.checkpoint_every_steps = 4, .log_every_steps = 3}}));
    ASSERT_TRUE(runs.back()->run(&diaries[blind ? 1 : 0]));
  }
  EXPECT_TRUE(runs[1]->equals(*runs[0]));
  EXPECT_EQ(diaries[1].losses, diaries[0].losses);
  EXPECT_EQ(diaries[1].intervals, diaries[0].intervals);
  EXPECT_EQ(diaries[1].checkpoints, diaries[0].checkpoints);
  ASSERT_EQ(diaries[1].epochs.size(), diaries[0].epochs.size());
  for (size_t i = 0; i < diaries[0].epochs.size(); ++i) {
    EXPECT_EQ(diaries[1].epochs[i].train, diaries[0].epochs[i].train);
    EXPECT_EQ(diaries[1].epochs[i].validation, diaries[0].epochs[i].validation);
    EXPECT_EQ(diaries[1].epochs[i].speed.samples, diaries[0].epochs[i].speed.samples);
  }
}

TEST(Trainer, StoppedWithLateNumbersItSavesAllOfThem) {
  TinyRun run({.blind = true});
  Diary diary;
  int asked = 0;
  EXPECT_FALSE(run.run(&diary, [&] { return ++asked == 4; }));
  EXPECT_THAT(diary.checkpoints, ElementsAre(3));
  EXPECT_EQ(diary.losses.size(), 3U);
  EXPECT_EQ(run.state().epoch.count, 15);
}

TEST(Trainer, ALateLossThatIsNoNumberEndsTheRunUnsaved) {
  TinyRun run({.learning_rate = 1e30, .blind = true});
  Diary diary;
  EXPECT_THROW(run.run(&diary), core::DivergedError);
  EXPECT_TRUE(diary.checkpoints.empty());
}

TEST(Trainer, SavesEverySoManyStepsOnceEach) {
  TinyRun run({.trainer = {.checkpoint_every_steps = 5}});
  Diary diary;
  run.run(&diary);
  EXPECT_THAT(diary.checkpoints, ElementsAre(5, 10, 13));
  TinyRun other({.trainer = {.checkpoint_every_steps = 4}});
  Diary others;
  other.run(&others);
  EXPECT_THAT(others.checkpoints, ElementsAre(4, 5, 8, 10, 12, 13));
}

TEST(Trainer, ValidatesEverySoManyEpochsAndAlwaysAtTheEnd) {
  for (const auto& [every, wanted] :
       {std::pair{0, std::vector{false, false, true}}, {2, {false, true, true}}}) {
    TinyRun run({.trainer = {.eval_every_epochs = every}});
    Diary diary;
    run.run(&diary);
    std::vector<bool> validated;
    for (const EpochReport& epoch : diary.epochs) validated.push_back(epoch.validation.has_value());
    EXPECT_EQ(validated, wanted);
  }
}

TEST(Trainer, MaxStepsStopsEarlyWithValidationAndChangesNoStepBefore) {
  TinyRun whole({});
  Diary all;
  whole.run(&all);
  TinyRun cut({.max_steps = 7});
  Diary diary;
  ASSERT_TRUE(cut.run(&diary));
  EXPECT_EQ(diary.losses, std::vector<double>(all.losses.begin(), all.losses.begin() + 7));
  ASSERT_EQ(diary.epochs.size(), 2U);
  EXPECT_FALSE(diary.epochs.back().complete);
  EXPECT_EQ(diary.epochs.back().epoch, 2);
  EXPECT_TRUE(diary.epochs.back().validation);
  EXPECT_THAT(diary.checkpoints, ElementsAre(5, 7));
}

TEST(Trainer, IntervalsCountEverySampleOnceAlsoAcrossAResume) {
  TinyRun first({.trainer = {.log_every_steps = 4}});
  Diary before;
  StopAfter stop(6);
  struct Both : TrainObserver {
    void on_step(const StepReport& report) override { two->on_step(report); }
    void on_interval(const IntervalReport& report) override { one->on_interval(report); }
    TrainObserver* one = nullptr;
    TrainObserver* two = nullptr;
  } both;
  both.one = &before;
  both.two = &stop;
  EXPECT_FALSE(first.run(&both, [&] { return stop.reached(); }));
  TinyRun second({.trainer = {.log_every_steps = 4}});
  second.restore(first.capture());
  Diary after;
  EXPECT_TRUE(second.run(&after));
  EXPECT_THAT(before.intervals, ElementsAre(std::pair(4, 20)));
  EXPECT_THAT(after.intervals, ElementsAre(std::pair(8, 20), std::pair(12, 20)));
}

TEST(Trainer, SameSeedTwiceGivesTheSameBits) {
  TinyRun first({});
  TinyRun second({});
  ASSERT_TRUE(first.equals(second));
  first.run();
  EXPECT_FALSE(first.equals(second));
  second.run();
  EXPECT_TRUE(first.equals(second));
}

TEST(Trainer, StoppedAtAnyStepAndResumedGivesTheSameBits) {
  TinyRun whole({});
  Diary all;
  whole.run(&all);
  for (int64_t step = 1; step <= 13; ++step) {
    TinyRun first({});
    StopAfter stop(step);
    EXPECT_FALSE(first.run(&stop, [&] { return stop.reached(); }));
    EXPECT_EQ(first.state().step, step);
    TinyRun second({});
    second.restore(first.capture());
    Diary rest;
    ASSERT_TRUE(second.run(&rest));
    EXPECT_TRUE(second.equals(whole)) << step;
    EXPECT_EQ(second.state().validation->meters, whole.state().validation->meters) << step;
    EXPECT_EQ(second.state().best_step, whole.state().best_step) << step;
    // The report of the epoch in progress is that of a run never stopped.
    ASSERT_FALSE(rest.epochs.empty());
    const size_t epoch = all.epochs.size() - rest.epochs.size();
    EXPECT_EQ(rest.epochs.front().train, all.epochs[epoch].train) << step;
  }
}

TEST(Trainer, FrozenParametersStayAndResumingIsStillExact) {
  const TinySettings settings{.freeze_convolution = true};
  TinyRun whole(settings);
  const at::Tensor before = whole.model().named_parameters()["conv.weight"].clone();
  whole.run();
  const at::Tensor convolution = whole.model().named_parameters()["conv.weight"];
  EXPECT_TRUE(at::equal(convolution, before));
  EXPECT_FALSE(convolution.grad().defined());
  for (const auto& [name, momentum] : whole.capture().optimizer) EXPECT_NE(name, "conv.weight");
  TinyRun first(settings);
  StopAfter stop(7);
  first.run(&stop, [&] { return stop.reached(); });
  TinyRun second(settings);
  second.restore(first.capture());
  second.run();
  EXPECT_TRUE(second.equals(whole));
}

TEST(Trainer, AStopDuringValidationIsMadeUpForOnResume) {
  TinyRun first({});
  int asked = 0;
  // Asked before steps 1 to 5, then before closing the epoch, then in its validation.
  EXPECT_FALSE(first.run(nullptr, [&] { return ++asked > 6; }));
  EXPECT_EQ(first.state().step, 5);
  EXPECT_FALSE(first.state().validation);
  TinyRun second({});
  second.restore(first.capture());
  Diary diary;
  ASSERT_TRUE(second.run(&diary));
  EXPECT_EQ(diary.epochs.size(), 3U);
  EXPECT_EQ(diary.epochs.front().train.count, 25);
}

TEST(Trainer, BadDataCostNoStep) {
  for (const bool in_validation : {false, true}) {
    TinySettings settings = {.bad_validation = in_validation};
    if (!in_validation) settings.bad_step = 4;
    TinyRun broken(settings);
    Diary diary;
    EXPECT_THROW(broken.run(&diary), core::DataError);
    const int64_t step = in_validation ? 5 : 3;
    EXPECT_EQ(diary.checkpoints, std::vector<int64_t>{step});
    TinyRun resumed({});
    resumed.restore(broken.capture());
    resumed.run();
    TinyRun whole({});
    whole.run();
    EXPECT_TRUE(resumed.equals(whole)) << step;
  }
}

// What cannot be written is told at once: saving would fail for the same reason.
TEST(Trainer, AnErrorOfAnObserverIsNoReasonToSave) {
  struct Failing : TrainObserver {
    void on_epoch(const EpochReport& /*report*/) override {
      throw core::DataError("metrics.csv", "read-only file system");
    }
    void on_checkpoint(const RunState& /*state*/) override { ++checkpoints; }
    int checkpoints = 0;
  } observer;
  TinyRun run({});
  EXPECT_THROW(run.run(&observer), core::DataError);
  EXPECT_EQ(observer.checkpoints, 0);
}

TEST(Trainer, AFinishedRunHasNothingLeftToDo) {
  TinyRun run({});
  run.run();
  Diary diary;
  EXPECT_TRUE(run.run(&diary));
  EXPECT_TRUE(diary.losses.empty());
  EXPECT_TRUE(diary.epochs.empty());
  EXPECT_TRUE(diary.checkpoints.empty());
}

TEST(Trainer, DivergenceNamesTheStepAndSavesNothing) {
  TinyRun run({.num_epochs = 30, .learning_rate = 1e30});
  Diary diary;
  try {
    run.run(&diary);
    FAIL() << "did not notice";
  } catch (const core::DivergedError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("at step " + std::to_string(diary.losses.size() + 1) + " "));
    EXPECT_EQ(error.code(), core::ExitCode::kDiverged);
  }
  EXPECT_TRUE(diary.checkpoints.empty());
}

TEST(Trainer, WeightsThatAreNotFiniteAreNeverSaved) {
  TinyRun run({.trainer = {.checkpoint_every_steps = 1}});
  struct Poison : Diary {
    void on_step(const StepReport& report) override {
      if (report.step == 3) model->named_buffers()["norm.running_var"].mul_(INFINITY);
      Diary::on_step(report);
    }
    TinyModel* model = nullptr;
  } poison;
  poison.model = &run.model();
  EXPECT_THROW(run.run(&poison), core::DivergedError);
  EXPECT_THAT(poison.checkpoints, ElementsAre(1, 2));
}

TEST(Trainer, LearnsOneBatchByHeart) {
  TinyRun run({.records = 5,
               .num_epochs = 150,
               .learning_rate = 0.1,
               .mixup_alpha = 0,
               .label_smoothing = 0});
  Diary diary;
  run.run(&diary);
  EXPECT_GT(diary.losses.front(), 1.0);
  EXPECT_LT(diary.losses.back(), 0.01);
  EXPECT_EQ(diary.epochs.back().train.top1, 5);
}

}  // namespace
}  // namespace train_backbone::train
