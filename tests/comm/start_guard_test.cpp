#include "train_backbone/comm/start_guard.h"

#include <gtest/gtest.h>

#include <thread>

namespace train_backbone::comm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(StartGuardDeathTest, EndsAProcessThatWaitsInVain) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const StartGuard guard(milliseconds(100), "the others are not there");
        std::this_thread::sleep_for(seconds(30));
      },
      testing::ExitedWithCode(4), "error: the others are not there");
}

TEST(StartGuardDeathTest, ForgetsAProcessThatGoesOn) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        { const StartGuard guard(seconds(1), "the others are not there"); }
        std::this_thread::sleep_for(milliseconds(1300));
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "^$");
}

}  // namespace
}  // namespace train_backbone::comm
