// Own kernels against torch's operations, over a whole run.
#include "tests/system/ranks_fixture.h"

namespace train_backbone::test {
namespace {

TEST_F(Ranks, FusedKernelsDifferByRoundingOnly) {
  const std::vector<std::string> steps{"--max_steps",     "20",  "--num_epochs", "7",
                                       "--learning_rate", "0.02"};
  const ProgramResult fused = train(1, "fused", steps);
  ASSERT_EQ(fused.exit_code, 0) << fused.errors;
  std::vector<std::string> off = steps;
  off.insert(off.end(), {"--fused_kernels", "off"});
  const ProgramResult plain = train(1, "plain", off);
  ASSERT_EQ(plain.exit_code, 0) << plain.errors;
  EXPECT_NE(losses("fused"), losses("plain"));
  expect_same_losses("plain", "fused", 1e-5);
}

}  // namespace
}  // namespace train_backbone::test
