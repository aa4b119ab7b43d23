#include "train_backbone/train/stop_signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace train_backbone::train {
namespace {

TEST(StopSignals, TheFirstSignalIsOnlyNoted) {
  for (const int number : {SIGTERM, SIGINT}) {
    const StopSignals signals;
    EXPECT_FALSE(StopSignals::received());
    std::raise(number);
    EXPECT_EQ(StopSignals::received(), number);
  }
}

TEST(StopSignals, FormerHandlersComeBack) {
  std::signal(SIGTERM, SIG_IGN);
  { const StopSignals signals; }
  EXPECT_EQ(std::signal(SIGTERM, SIG_DFL), SIG_IGN);
}

TEST(StopSignalsDeathTest, TheSecondSignalEndsTheProcessAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const StopSignals signals;
        std::raise(SIGTERM);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace train_backbone::train
