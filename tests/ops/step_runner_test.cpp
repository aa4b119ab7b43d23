#include "train_backbone/ops/step_runner.h"

#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_graph.h"

namespace train_backbone::ops {
namespace {

using test::FakeGraph;
using test::GraphCount;
using test::UnableGraph;

at::Tensor filled(double value, int64_t size = 2) { return at::full({size}, value); }

TEST(StepRunner, RecordsTheFourthRunOfAKindAndTellsWhatWasReplayed) {
  GraphCount count;
  std::vector<bool> recorded;  // of calls of the body
  StepRunner runner(
      [&](const std::vector<at::Tensor>& inputs, bool is_recorded) {
        recorded.push_back(is_recorded);
        return inputs[0] * 2;
      },
      std::make_unique<FakeGraph>(count));
  std::vector<bool> replayed;
  for (const int64_t size : {2, 3, 2, 2, 2, 2, 3, 2}) {
    const at::Tensor result = runner.run({filled(size, size)});
    EXPECT_EQ(result[0].item<float>(), 2 * size);
    replayed.push_back(runner.has_replayed());
  }
  EXPECT_THAT(replayed, testing::ElementsAre(false, false, false, false, false, true, false, true));
  EXPECT_EQ(recorded, replayed);  // the fake graph calls the body to replay it
  EXPECT_EQ(count.records, 1);
}

TEST(StepRunner, ABodyMayReturnNothing) {
  GraphCount count;
  at::Tensor sum = filled(0);
  StepRunner runner(
      [&](const std::vector<at::Tensor>& inputs, bool /*recorded*/) {
        sum += inputs[0];
        return at::Tensor();
      },
      std::make_unique<FakeGraph>(count));
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(runner.run({filled(1)}).defined());
  EXPECT_EQ(sum[0].item<float>(), 6);
  EXPECT_EQ(count.replays, 3);
}

TEST(StepRunner, GoesOnWithoutAGraphThatCannotBe) {
  int failures = 0;
  StepRunner runner(
      [](const std::vector<at::Tensor>& inputs, bool recorded) {
        EXPECT_FALSE(recorded);
        return inputs[0] * 2;
      },
      std::make_unique<UnableGraph>(), [&](const core::DeviceError& /*error*/) { ++failures; });
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(runner.run({filled(i)})[0].item<float>(), 2 * i);
    EXPECT_FALSE(runner.has_replayed());
  }
  EXPECT_EQ(failures, 1);
  EXPECT_FALSE(runner.has_graph());
}

}  // namespace
}  // namespace train_backbone::ops
