#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <random>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

using std::chrono::milliseconds;

constexpr int kKills = 10;

std::vector<std::string> run_options(const std::string& resume) {
  std::vector<std::string> options{"--num_epochs",        "2", "--checkpoint_every_steps", "3",
                                   "--eval_every_epochs", "1"};
  if (!resume.empty()) options.insert(options.end(), {"--resume_from", resume});
  return options;
}

TEST(Kill, TenKillsAtRandomMomentsCostTimeOnly) {
  const Scratch scratch;
  const TinyData data(scratch.path() / "data");
  const auto whole = scratch.path() / "whole";
  const auto killed = scratch.path() / "killed";
  const auto begin = std::chrono::steady_clock::now();
  const ProgramResult reference =
      run_program(data.train_arguments(whole, run_options("")), scratch.path());
  ASSERT_EQ(reference.exit_code, 0) << reference.errors;
  const auto whole_run =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);

  // Each life is long enough to get past start-up now and then, so that progress, start-up and the
  // writing of checkpoints are all hit. The moments are random; a failure prints them.
  std::random_device entropy;
  const unsigned seed = entropy();
  SCOPED_TRACE("seed of the moments " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> moment(20, static_cast<int>(whole_run.count() / 2));
  int kills = 0;
  for (int life = 0; kills < kKills; ++life) {
    ASSERT_LT(life, 10 * kKills) << "the run keeps ending before it can be killed";
    Program program(data.train_arguments(killed, run_options("auto")), scratch.path());
    if (program.ended_within(milliseconds(moment(random)))) {
      // Finished before the tenth kill: what it left must already be right; then once more.
      const ProgramResult result = program.wait();
      ASSERT_EQ(result.exit_code, 0) << result.errors;
      ASSERT_EQ(file_bytes(killed / "weights/last.safetensors"),
                file_bytes(whole / "weights/last.safetensors"));
      std::filesystem::remove_all(killed);
      continue;
    }
    program.send(SIGKILL);
    ASSERT_EQ(program.wait().exit_code, 128 + SIGKILL);
    ++kills;
  }
  const ProgramResult last =
      run_program(data.train_arguments(killed, run_options("auto")), scratch.path());
  ASSERT_EQ(last.exit_code, 0) << last.errors;
  EXPECT_EQ(file_bytes(killed / "weights/last.safetensors"),
            file_bytes(whole / "weights/last.safetensors"));
  EXPECT_EQ(file_bytes(killed / "weights/best.safetensors"),
            file_bytes(whole / "weights/best.safetensors"));
  for (const std::string& name : files_below(killed)) {
    EXPECT_EQ(name.find(".tmp-"), std::string::npos) << name << " was left behind";
  }
}

class StopSignal : public ::testing::TestWithParam<int> {};

TEST_P(StopSignal, SavesAndSaysSoAndTheRunGoesOnFromThere) {
  const Scratch scratch;
  const TinyData data(scratch.path() / "data");
  const auto whole = scratch.path() / "whole";
  const auto stopped = scratch.path() / "stopped";
  const std::vector<std::string> options{"--num_epochs", "6", "--eval_every_epochs", "0"};
  ASSERT_EQ(run_program(data.train_arguments(whole, options), scratch.path()).exit_code, 0);

  Program program(data.train_arguments(stopped, options), scratch.path());
  // The first line of the metrics tells that training is under way.
  const auto metrics = stopped / "metrics.jsonl";
  while (!std::filesystem::exists(metrics) || std::filesystem::file_size(metrics) == 0) {
    ASSERT_FALSE(program.ended_within(milliseconds(5))) << program.wait().errors;
  }
  program.send(GetParam());
  ASSERT_TRUE(program.ended_within(std::chrono::seconds(60)));
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 128 + GetParam()) << result.errors;
  EXPECT_NE(result.errors.find("--resume_from"), std::string::npos) << result.errors;

  std::vector<std::string> resume = options;
  resume.insert(resume.end(), {"--resume_from", "auto"});
  ASSERT_EQ(run_program(data.train_arguments(stopped, resume), scratch.path()).exit_code, 0);
  EXPECT_EQ(file_bytes(stopped / "weights/last.safetensors"),
            file_bytes(whole / "weights/last.safetensors"));
}

// As the system stops a program, and as a terminal that is closed does.
INSTANTIATE_TEST_SUITE_P(Kill, StopSignal, ::testing::Values(SIGTERM, SIGHUP),
                         [](const auto& signal) { return std::to_string(signal.param); });

}  // namespace
}  // namespace train_backbone::test
