#include <gtest/gtest.h>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

class Reproducibility : public ::testing::Test {
 protected:
  // Trains and returns the bytes of the last weights.
  std::string weights_of(const std::string& name, const std::vector<std::string>& options) {
    const auto folder = scratch_.path() / name;
    const ProgramResult result =
        run_program(data_.train_arguments(folder, options), scratch_.path());
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return file_bytes(folder / "weights/last.safetensors");
  }

  Scratch scratch_;
  TinyData data_{scratch_.path() / "data"};
};

TEST_F(Reproducibility, SameSeedGivesTheSameBytesAnotherSeedOthers) {
  const std::string first = weights_of("first", {"--seed", "7"});
  EXPECT_EQ(first, weights_of("second", {"--seed", "7"}));
  EXPECT_NE(first, weights_of("third", {"--seed", "8"}));
}

TEST_F(Reproducibility, LoaderThreadsChangeNothing) {
  EXPECT_EQ(weights_of("one", {"--workers", "1"}), weights_of("four", {"--workers", "4"}));
}

TEST_F(Reproducibility, StoppedAtAnyStepAndResumedEqualsNeverStopped) {
  const std::string whole = weights_of("whole", {});
  // On both sides of the epochs' border, and within the second.
  for (const std::string stop : {"12", "13", "24"}) {
    weights_of("part" + stop, {"--max_steps", stop});
    EXPECT_EQ(whole, weights_of("part" + stop, {"--resume_from", "auto"})) << "stopped at " << stop;
  }
}

TEST_F(Reproducibility, ResumeFromACheckpointFolderOfAnotherRun) {
  const std::string whole = weights_of("whole", {"--checkpoint_every_steps", "10"});
  weights_of("part", {"--max_steps", "20"});
  const auto checkpoint = scratch_.path() / "part/checkpoints/step-00000020";
  EXPECT_EQ(whole, weights_of("elsewhere", {"--checkpoint_every_steps", "10", "--resume_from",
                                            checkpoint.string()}));
}

}  // namespace
}  // namespace train_backbone::test
