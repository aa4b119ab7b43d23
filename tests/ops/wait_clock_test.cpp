#include "train_backbone/ops/wait_clock.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace train_backbone::ops {
namespace {

// Over when the test says so.
class ScriptedWait : public StreamWait {
 public:
  ScriptedWait(const bool& over, double seconds) : over_(over), seconds_(seconds) {}
  [[nodiscard]] bool is_over() const override { return over_; }
  [[nodiscard]] double seconds() const override {
    if (!over_) throw std::logic_error("a wait that goes on was asked how long it took");
    return seconds_;
  }

 private:
  const bool& over_;
  double seconds_;
};

TEST(WaitClock, CountsEachWaitOnceWhenItIsOver) {
  bool first_over = false;
  bool second_over = false;
  const bool never = false;
  WaitClock clock;
  clock.add(std::make_unique<ScriptedWait>(first_over, 0.5));
  clock.add(std::make_unique<ScriptedWait>(second_over, 0.25));
  EXPECT_EQ(clock.seconds(), 0);
  first_over = true;
  clock.add(std::make_unique<ScriptedWait>(never, 8));
  EXPECT_EQ(clock.seconds(), 0.5);
  second_over = true;
  clock.add(std::make_unique<ScriptedWait>(never, 8));
  clock.add(std::make_unique<ScriptedWait>(never, 8));
  EXPECT_EQ(clock.seconds(), 0.75);
}

}  // namespace
}  // namespace train_backbone::ops
