#include "train_backbone/core/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

namespace train_backbone::core {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

// Standard output of a test is captured in a file: the plain form, not the terminal's.
class ProgressTest : public testing::Test {
 protected:
  void SetUp() override { testing::internal::CaptureStdout(); }
  static std::string written() { return testing::internal::GetCapturedStdout(); }
};

TEST_F(ProgressTest, PlainLineHoldsCountShareRateAndDetail) {
  Progress progress("prepare", "img", 200, false, seconds(0));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  progress.update(50, "loss 1.5");
  const std::string line = written();
  EXPECT_THAT(line, HasSubstr("prepare: 50/200 img (25 %)"));
  EXPECT_THAT(line, HasSubstr(" img/s"));
  EXPECT_THAT(line, HasSubstr(" left"));
  EXPECT_THAT(line, HasSubstr("loss 1.5\n"));
  EXPECT_THAT(line, Not(HasSubstr("\r")));
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
}

TEST_F(ProgressTest, SaysNothingBetweenIntervalsButTheLastState) {
  Progress progress("prepare", "img", 100, false, seconds(1000));
  for (uint64_t done = 1; done <= 100; ++done) progress.update(done);
  progress.finish();
  progress.finish();
  const std::string text = written();
  EXPECT_THAT(text, HasSubstr("100/100 img (100 %)"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST_F(ProgressTest, ReportsOutOfOrderNeverGoBack) {
  Progress progress("prepare", "img", 10, false, seconds(0));
  progress.update(9);
  progress.update(3);
  EXPECT_THAT(written(), Not(HasSubstr("3/10")));
}

TEST_F(ProgressTest, RateCountsOnlyWhatWasDoneSinceTheStart) {
  Progress progress("prepare", "img", 1000000000, false, seconds(1000));
  progress.start_at(500000000);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  progress.update(500000001);
  progress.finish();
  const std::string text = written();
  // One picture in a tenth of a second and more, not five hundred million.
  const size_t rate = text.find("%), ");
  ASSERT_NE(rate, std::string::npos) << text;
  EXPECT_LE(std::stod(text.substr(rate + 4)), 10.0) << text;
}

TEST_F(ProgressTest, QuietWritesNothing) {
  {
    Progress progress("prepare", "img", 10, true, seconds(0));
    progress.update(5);
    progress.clear_line();
    progress.finish();
  }
  EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace train_backbone::core
