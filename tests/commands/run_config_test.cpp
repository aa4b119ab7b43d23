#include "commands/run_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/core/errors.h"

namespace train_backbone::commands {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(CheckSameOptions, OtherValuesAreRefused) {
  EXPECT_NO_THROW(check_same_options({{"seed", "1"}}, {{"seed", "1"}}, "step-1"));
  EXPECT_THAT(
      [] {
        check_same_options({{"seed", "1"}}, {{"seed", "2"}}, "step-1");
      },
      ThrowsMessage<core::UsageError>(HasSubstr("--seed is 1 there and 2 now")));
}

// Checkpoints of versions that did not have these options say nothing of them.
TEST(CheckSameOptions, OlderCheckpointsWereTrainedAsTheProgramWasThen) {
  EXPECT_NO_THROW(
      check_same_options({}, {{"shuffle", "global"}, {"augment_semantics", "tf"}}, "step-1"));
  EXPECT_THAT(
      [] {
        check_same_options({}, {{"shuffle", "block"}}, "step-1");
      },
      ThrowsMessage<core::UsageError>(HasSubstr("--shuffle is global there and block now")));
  EXPECT_THROW(check_same_options({}, {{"augment_semantics", "torchvision"}}, "step-1"),
               core::UsageError);
}

}  // namespace
}  // namespace train_backbone::commands
