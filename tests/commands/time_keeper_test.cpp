#include "commands/time_keeper.h"

#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

// Clocks that the test sets.
class TimeKeeperTest : public testing::Test {
 protected:
  void step(double seconds, double waited, double reduced, double read) {
    copying_ += reduced / 4;
    speed_.samples += 8;
    speed_.seconds += seconds;
    speed_.seconds_waited += waited;
    reducing_ += reduced;
    work_.seconds_reading += read;
    work_.seconds_decoding += 2 * read;
    work_.bytes_read += 100;
    train::StepReport report;
    report.speed = speed_;
    keeper_.on_step(report);
  }

  train::Speed speed_;
  double reducing_ = 5;  // what was before counts for nothing
  double copying_ = 6;
  data::LoaderWork work_{.seconds_reading = 7, .seconds_decoding = 7, .bytes_read = 7};
  TimeKeeper keeper_{{.workers = 3, .ranks = 2},
                     {.loader = [this] { return work_; },
                      .reducing = [this] { return reducing_; },
                      .copying = [this] { return copying_; }}};
};

TEST_F(TimeKeeperTest, TellsIntervalsAndEpochsApart) {
  step(1, 0.5, 0.25, 0.1);
  keeper_.on_interval({});
  step(2, 0, 0.5, 0.2);
  keeper_.on_interval({});
  keeper_.on_epoch({});
  EXPECT_DOUBLE_EQ(keeper_.interval().seconds, 2);
  EXPECT_DOUBLE_EQ(keeper_.interval().reducing, 0.5);
  EXPECT_DOUBLE_EQ(keeper_.interval().copying, 0.125);
  const TrainingTimes& epoch = keeper_.epoch();
  EXPECT_DOUBLE_EQ(epoch.seconds, 3);
  EXPECT_DOUBLE_EQ(epoch.waiting, 0.5);
  EXPECT_DOUBLE_EQ(epoch.reducing, 0.75);
  EXPECT_DOUBLE_EQ(epoch.copying, 0.1875);
  EXPECT_NEAR(epoch.reading, 0.3, 1e-9);
  EXPECT_NEAR(epoch.decoding, 0.6, 1e-9);
  EXPECT_EQ(epoch.bytes_read, 200U);
  EXPECT_EQ(epoch.samples, 8);  // of this rank
  EXPECT_EQ(epoch.steps, 2);
  EXPECT_EQ(epoch.workers, 3);
  step(4, 0, 0, 0);
  keeper_.on_epoch({});
  EXPECT_DOUBLE_EQ(keeper_.epoch().seconds, 4);
}

// --max_steps ends a run there; a validation in between does not begin a new epoch.
TEST_F(TimeKeeperTest, AnEpochThatIsNotCompleteGoesOn) {
  step(1, 0, 0, 0);
  train::EpochReport incomplete;
  incomplete.complete = false;
  keeper_.on_epoch(incomplete);
  step(1, 0, 0, 0);
  keeper_.on_epoch({});
  EXPECT_DOUBLE_EQ(keeper_.epoch().seconds, 2);
}

}  // namespace
}  // namespace train_backbone::commands
