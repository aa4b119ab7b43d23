#include "train_backbone/train/stop_signals.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

namespace train_backbone::train {
namespace {

TEST(StopSignals, TheFirstSignalIsOnlyNoted) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    const StopSignals signals;
    EXPECT_FALSE(StopSignals::received());
    std::raise(number);
    EXPECT_EQ(StopSignals::received(), number);
  }
}

// As when a whole group of processes is told, and the one that started this one passes it on.
TEST(StopSignals, TheSameSignalTwiceAtOnceIsOneRequest) {
  const StopSignals signals;
  std::raise(SIGTERM);
  std::raise(SIGTERM);
  EXPECT_EQ(StopSignals::received(), SIGTERM);
}

// A session that ends.
TEST(StopSignals, TermAndHangUpTogetherAreOneRequest) {
  for (const auto& [first, second] : {std::pair(SIGTERM, SIGHUP), std::pair(SIGHUP, SIGTERM)}) {
    const StopSignals signals;
    std::raise(first);
    std::raise(second);
    EXPECT_EQ(StopSignals::received(), first);
  }
}

TEST(StopSignals, ATerminalThatIsClosedWhileARunEndsDoesNotCutItOff) {
  const StopSignals signals;
  std::raise(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  std::raise(SIGHUP);
  EXPECT_EQ(StopSignals::received(), SIGINT);
}

// Two threads may handle the two at once.
TEST(StopSignals, TheOrderOfTwoThreadsDoesNotMatter) {
  for (int i = 0; i < 2000; ++i) {
    const StopSignals signals;
    std::thread other([] { std::raise(SIGTERM); });
    std::raise(SIGHUP);
    other.join();
    EXPECT_TRUE(StopSignals::received());
  }
}

// nohup: the run goes on when the terminal is closed.
TEST(StopSignals, AHangUpThatIsIgnoredStaysIgnored) {
  std::signal(SIGHUP, SIG_IGN);
  {
    const StopSignals signals;
    std::raise(SIGHUP);
    EXPECT_FALSE(StopSignals::received());
  }
  EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_IGN);
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
  EXPECT_EXIT(
      {
        const StopSignals signals;
        std::raise(SIGTERM);
        std::this_thread::sleep_for(std::chrono::milliseconds(1100));
        std::raise(SIGTERM);
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace train_backbone::train
