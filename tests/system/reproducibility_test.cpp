#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

TEST_F(Reproducibility, ARunThatIsCompleteSaysSoAndStaysAsItIs) {
  const auto folder = scratch_.path() / "run";
  const auto run = [&](const std::vector<std::string>& options) {
    ProgramResult result = run_program(data_.train_arguments(folder, options), scratch_.path());
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result;
  };
  const auto contents = [&] {
    std::map<std::string, std::string> files;
    for (const std::string& name : files_below(folder)) files[name] = file_bytes(folder / name);
    return files;
  };
  const ProgramResult first = run({"--max_steps", "20"});
  const auto after_first = contents();
  const ProgramResult short_one = run({"--max_steps", "20", "--resume_from", "auto"});
  EXPECT_THAT(short_one.output, HasSubstr("complete    20 of 20 steps are done (1.6 epochs)"));
  EXPECT_THAT(short_one.output, HasSubstr("a larger --max_steps than 20, or none, goes on to step "
                                          "25"));
  EXPECT_EQ(contents(), after_first);

  const ProgramResult whole = run({"--resume_from", "auto"});
  EXPECT_THAT(whole.output, Not(HasSubstr("complete    ")));
  const auto after_whole = contents();
  EXPECT_NE(after_whole, after_first);
  const ProgramResult again = run({"--resume_from", "auto"});
  EXPECT_THAT(again.output, HasSubstr("complete    25 of 25 steps are done (2 epochs)"));
  EXPECT_THAT(again.output,
              HasSubstr("--fine_tune " + folder.string() + "/weights/last.safetensors"));
  EXPECT_EQ(contents(), after_whole);
  // The same line of results, but for the speed.
  nlohmann::json was = nlohmann::json::parse(whole.last_line());
  nlohmann::json is = nlohmann::json::parse(again.last_line());
  EXPECT_EQ(is.at("images_per_second"), 0);
  was.erase("images_per_second");
  is.erase("images_per_second");
  EXPECT_EQ(is, was);
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
