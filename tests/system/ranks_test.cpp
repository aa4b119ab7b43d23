// Whole runs of several ranks, started by mpirun or by environment variables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

using testing::HasSubstr;

class Ranks : public testing::Test {
 protected:
  // On the tiny data, with everything that is drawn: augmentation and mixup.
  [[nodiscard]] std::vector<std::string> base_arguments(
      const std::string& model_dir, const std::vector<std::string>& more) const {
    std::vector<std::string> all{"--train_data_dir",
                                 data_.train.string(),
                                 "--validation_data_dir",
                                 data_.validation.string(),
                                 "--model_dir",
                                 (scratch_.path() / model_dir).string(),
                                 "--model",
                                 "resnet18v1_b",
                                 "--num_classes",
                                 "10",
                                 "--train_image_size",
                                 "32",
                                 "--warmup_epochs",
                                 "0.5",
                                 "--learning_rate",
                                 "0.2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // Ten steps of sixteen samples, unless `more` says otherwise.
  [[nodiscard]] std::vector<std::string> arguments(const std::string& model_dir,
                                                   std::vector<std::string> more) const {
    more.insert(more.end(), {"--num_epochs", "5", "--log_every_steps", "1", "--compute_threads",
                             "1", "--workers", "1"});
    const auto given = [&](const char* option) {
      return std::find(more.begin(), more.end(), option) != more.end();
    };
    if (!given("--global_batch_size")) {
      more.insert(more.end(), {"--global_batch_size", "16"});
    }
    if (!given("--max_steps")) more.insert(more.end(), {"--max_steps", "10"});
    return base_arguments(model_dir, more);
  }

  static ProgramSettings mpirun(int ranks) {
    return {.environment = {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"},
            .launcher = {"mpirun", "-np", std::to_string(ranks), "--oversubscribe", "--bind-to",
                         "none"}};
  }

  ProgramResult train(int ranks, const std::string& model_dir,
                      const std::vector<std::string>& more = {}) {
    const ProgramSettings settings = ranks > 1 ? mpirun(ranks) : ProgramSettings{};
    return run_program(arguments(model_dir, more), scratch_.path(), settings);
  }

  // A process per rank, without a launcher.
  std::vector<std::unique_ptr<Program>> start_by_variables(
      int count, const std::vector<std::string>& arguments) const {
    static int runs = 0;
    const std::string port = std::to_string(20000 + (::getpid() + 977 * runs++) % 12000);
    std::vector<std::unique_ptr<Program>> ranks;
    for (int rank = 0; rank < count; ++rank) {
      const std::string number = std::to_string(rank);
      ranks.push_back(std::make_unique<Program>(
          arguments, scratch_.path(),
          ProgramSettings{.environment = {"RANK=" + number, "WORLD_SIZE=" + std::to_string(count),
                                          "LOCAL_RANK=" + number, "MASTER_ADDR=127.0.0.1",
                                          "MASTER_PORT=" + port}}));
    }
    return ranks;
  }

  [[nodiscard]] std::string file(const std::string& name) const {
    return file_bytes(scratch_.path() / name);
  }

  // Of each step.
  [[nodiscard]] std::vector<double> losses(const std::string& model_dir) const {
    std::vector<double> values;
    std::istringstream lines(file(model_dir + "/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const auto entry = nlohmann::json::parse(line);
      if (entry["kind"] == "interval") values.push_back(entry["train_loss"]);
    }
    return values;
  }

  void expect_same_losses(const std::string& one, const std::string& other, double tolerance) {
    const std::vector<double> expected = losses(one);
    const std::vector<double> got = losses(other);
    ASSERT_EQ(expected.size(), 10U);
    ASSERT_EQ(got.size(), expected.size());
    for (size_t step = 0; step < got.size(); ++step) {
      EXPECT_NEAR(got[step], expected[step], tolerance * expected[step]) << "step " << step;
    }
  }

  Scratch scratch_;
  TinyData data_{scratch_.path() / "data"};
};

TEST_F(Ranks, FourComputeWhatOneComputesWithTheJoinedBatch) {
  ASSERT_EQ(train(1, "one").exit_code, 0);
  const ProgramResult four = train(4, "four", {"--sync_bn"});
  ASSERT_EQ(four.exit_code, 0) << four.errors;
  expect_same_losses("one", "four", 1e-4);
  EXPECT_EQ(files_below(scratch_.path() / "four"), files_below(scratch_.path() / "one"));
  EXPECT_THAT(four.errors, HasSubstr("4 ranks by Open MPI"));
}

TEST_F(Ranks, ARunThatIsResumedEndsWithTheSameBits) {
  ASSERT_EQ(train(2, "whole").exit_code, 0);
  ASSERT_EQ(train(2, "parts", {"--max_steps", "4"}).exit_code, 0);
  const ProgramResult rest = train(2, "parts", {"--resume_from", "auto"});
  ASSERT_EQ(rest.exit_code, 0) << rest.errors;
  const std::string weights = "/checkpoints/step-00000010/model.safetensors";
  EXPECT_EQ(file("parts" + weights), file("whole" + weights));
}

TEST_F(Ranks, TheBucketsChangeNoBit) {
  ASSERT_EQ(train(4, "large").exit_code, 0);
  ASSERT_EQ(train(4, "small", {"--bucket_mb", "0.1"}).exit_code, 0);
  const std::string weights = "/checkpoints/step-00000010/model.safetensors";
  EXPECT_EQ(file("small" + weights), file("large" + weights));
}

TEST_F(Ranks, TheOriginalsLineRunsOnEightRanks) {
  const ProgramSettings settings{
      .launcher = {"mpirun", "-np", "8", "-H", "localhost:8", "-map-by", "slot", "-x",
                   "NCCL_DEBUG=INFO", "-mca", "btl", "^vader", "-mca", "btl_tcp_if_exclude",
                   "tun0,docker0,lo", "--bind-to", "none", "--allow-run-as-root"}};
  const ProgramResult run =
      run_program(base_arguments("run", {"-b", "2", "--num_epochs", "1", "--schedule", "cosine"}),
                  scratch_.path(), settings);
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.last_line(), HasSubstr("\"steps\":6"));
  EXPECT_THAT(run.output, HasSubstr("epoch 1/1, step 6"));
}

// As torchrun does: no MPI, the ranks find each other by address and port.
TEST_F(Ranks, StartedByVariablesTheyComputeTheSameBits) {
  ASSERT_EQ(train(2, "mpi").exit_code, 0);
  for (const auto& rank : start_by_variables(2, arguments("torchrun", {}))) {
    const ProgramResult result = rank->wait();
    EXPECT_EQ(result.exit_code, 0) << result.errors;
  }
  const std::string weights = "/checkpoints/step-00000010/model.safetensors";
  EXPECT_EQ(file("torchrun" + weights), file("mpi" + weights));
}

// SIGKILL: its connections close at once. SIGSTOP: nothing is heard of it any more.
class LostRank : public Ranks, public testing::WithParamInterface<int> {};

TEST_P(LostRank, EndsTheOthersAndTheRunGoesOnFromItsCheckpoint) {
  const std::vector<std::string> more{
      "--max_steps",         "25", "--checkpoint_every_steps", "2",
      "--heartbeat_timeout", "3",  "--global_batch_size",      "12"};
  ASSERT_EQ(train(3, "whole", more).exit_code, 0);
  auto ranks = start_by_variables(3, arguments("run", more));
  while (!std::filesystem::exists(scratch_.path() / "run/checkpoints/step-00000004")) {
    ASSERT_FALSE(ranks[0]->ended_within(std::chrono::milliseconds(20)));
  }
  ranks[1]->send(GetParam());
  for (const size_t rank : {0, 2}) {
    ASSERT_TRUE(ranks[rank]->ended_within(std::chrono::seconds(3 + 5))) << rank;
    const ProgramResult result = ranks[rank]->wait();
    EXPECT_EQ(result.exit_code, 4) << result.errors;
    if (rank == 0) {
      EXPECT_THAT(result.errors, HasSubstr("rank 1 ("));
      EXPECT_THAT(result.errors, HasSubstr("while "));
    }
  }
  ranks.clear();
  std::vector<std::string> rest = more;
  rest.insert(rest.end(), {"--resume_from", "auto"});
  const ProgramResult resumed = train(3, "run", rest);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(file("run/weights/last.safetensors"), file("whole/weights/last.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(By, LostRank, testing::Values(SIGKILL, SIGSTOP), [](const auto& signal) {
  return signal.param == SIGKILL ? "SigKill" : "SigStop";
});

// Two command lines under one mpirun.
TEST_F(Ranks, AnotherCommandLineOnOneRankIsRefused) {
  ProgramSettings settings = mpirun(1);
  std::vector<std::string> both = arguments("run", {"--seed", "1"});
  const std::vector<std::string> other = arguments("run", {"--seed", "2"});
  both.insert(both.end(), {":", "-np", "1", program_path()});
  both.insert(both.end(), other.begin(), other.end());
  const ProgramResult run = run_program(both, scratch_.path(), settings);
  EXPECT_EQ(run.exit_code, 2) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("on rank 1"));
  EXPECT_THAT(run.errors, HasSubstr("--seed is 2 (1 on rank 0)"));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "run"));
}

TEST_F(Ranks, AnErrorIsToldOnce) {
  const ProgramResult run = train(4, "run", {"--label_offset", "40"});
  EXPECT_EQ(run.exit_code, 3) << run.errors;
  const size_t first = run.errors.find("] error: ");
  ASSERT_NE(first, std::string::npos) << run.errors;
  EXPECT_EQ(run.errors.find("] error: ", first + 1), std::string::npos) << run.errors;
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "run"));
}

TEST_F(Ranks, WhatCannotBeSharedIsRefused) {
  const ProgramResult odd = train(3, "run", {});  // 16 samples
  EXPECT_EQ(odd.exit_code, 2) << odd.errors;
  EXPECT_THAT(odd.errors, HasSubstr("15 or 18"));
}

// mpirun passes SIGUSR1 on to all ranks; they stop at the same step and save once.
TEST_F(Ranks, ASignalSavesAndTheRunGoesOn) {
  ASSERT_EQ(train(2, "whole", {"--max_steps", "25"}).exit_code, 0);
  Program run(arguments("run", {"--max_steps", "25"}), scratch_.path(), mpirun(2));
  while (!std::filesystem::exists(scratch_.path() / "run/metrics.jsonl") ||
         losses("run").size() < 3) {
    ASSERT_FALSE(run.ended_within(std::chrono::milliseconds(50)));
  }
  run.send(SIGUSR1);
  const ProgramResult stopped = run.wait();
  EXPECT_EQ(stopped.exit_code, 128 + SIGUSR1) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("stopped by signal"));
  const ProgramResult rest = train(2, "run", {"--max_steps", "25", "--resume_from", "auto"});
  ASSERT_EQ(rest.exit_code, 0) << rest.errors;
  const std::string weights = "/weights/last.safetensors";
  EXPECT_EQ(file("run" + weights), file("whole" + weights));
}

}  // namespace
}  // namespace train_backbone::test
