// Own kernels against torch's operations, over a whole run.
#include "tests/system/ranks_fixture.h"

namespace train_backbone::test {
namespace {

TEST_F(Ranks, FusedKernelsDifferByRoundingOnly) {
  const ProgramResult fused = train(1, "fused", {"--learning_rate", "0.02"});
  ASSERT_EQ(fused.exit_code, 0) << fused.errors;
  const ProgramResult plain =
      train(1, "plain", {"--learning_rate", "0.02", "--fused_kernels", "off"});
  ASSERT_EQ(plain.exit_code, 0) << plain.errors;
  EXPECT_NE(losses("fused"), losses("plain"));
  expect_same_losses("plain", "fused", 1e-5);
}

}  // namespace
}  // namespace train_backbone::test
