// Faults of one rank that no signal from outside can make (faulty_rank.cpp).
#include "tests/system/ranks_fixture.h"

namespace train_backbone::test {
namespace {

class FaultyRanks : public Ranks {
 protected:
  static ProgramSettings mpirun_with(const std::string& fault) {
    ProgramSettings settings = mpirun(2);
    // Debian 12's mpirun may itself wait for ever, or crash, when ranks end within MPI_Finalize.
    settings.launcher.insert(settings.launcher.begin(), {"timeout", "--signal=KILL", "60"});
    settings.launcher.insert(settings.launcher.end(),
                             {"-x", "LD_PRELOAD=" TB_FAULTY_RANK, "-x", "FAULTY_RANK=" + fault});
    return settings;
  }

  static Environment with_nan_weights(int rank, int count, const std::string& port) {
    Environment variables = as_torchrun(rank, count, port);
    variables.insert(variables.end(), {"LD_PRELOAD=" TB_FAULTY_RANK, "FAULTY_RANK=nan"});
    return variables;
  }

  static int64_t errors_in(const std::string& text) {
    int64_t count = 0;
    const std::string begin = "] error: ";
    for (size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
      ++count;
    }
    return count;
  }
};

TEST_F(FaultyRanks, OneThatIsSilentBeforeTheFirstHeartbeatEndsTheOthers) {
  const ProgramResult run = run_program(arguments("run", {"--heartbeat_timeout", "1"}),
                                        scratch_.path(), mpirun_with("start"));
  EXPECT_NE(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("[r0/2 "));
  EXPECT_THAT(run.errors, HasSubstr("fell silent before the first heartbeat"));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "run"));
}

TEST_F(FaultyRanks, OneThatNeverComesToTheEndEndsTheOthersAndCostsNothing) {
  const ProgramResult run = run_program(
      arguments("run", {"--heartbeat_timeout", "3", "--num_epochs", "1", "--max_steps", "1"}),
      scratch_.path(), mpirun_with("end"));
  EXPECT_NE(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("[r0/2 "));
  EXPECT_THAT(run.errors, HasSubstr("this rank has done all its work, but the ranks did not come "
                                    "to an end together"));
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "run/weights/last.safetensors"));
}

TEST_F(FaultyRanks, ALossOfOneThatIsNoNumberEndsAllWithOneMessageAndNothingSaved) {
  const auto ranks =
      start_by_variables(2, arguments("run", {"--checkpoint_every_steps", "1"}), with_nan_weights);
  std::string errors;
  for (const auto& rank : ranks) {
    const ProgramResult result = rank->wait();
    EXPECT_EQ(result.exit_code, 5) << result.errors;
    errors += result.errors;
  }
  EXPECT_EQ(errors_in(errors), 1) << errors;
  EXPECT_THAT(errors, HasSubstr("error: the training loss is nan at step 1 "));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "run/weights/last.safetensors"));
  EXPECT_THAT(files_below(scratch_.path() / "run/checkpoints"), testing::IsEmpty());
}

}  // namespace
}  // namespace train_backbone::test
