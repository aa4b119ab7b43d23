// Whole runs of several ranks, started by mpirun or by environment variables.
#include <signal.h>

#include <cmath>
#include <memory>

#include "tests/system/ranks_fixture.h"

namespace train_backbone::test {
namespace {

TEST_F(Ranks, FourComputeWhatOneComputesWithTheJoinedBatch) {
  // Rounding differs, and training makes differences grow: the larger the steps, the faster.
  const std::vector<std::string> steps{"--max_steps",         "20", "--num_epochs",    "7",
                                       "--global_batch_size", "32", "--learning_rate", "0.02"};
  ASSERT_EQ(train(1, "one", steps).exit_code, 0);
  std::vector<std::string> joined = steps;
  joined.emplace_back("--sync_bn");
  const ProgramResult four = train(4, "four", joined);
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

// Rounded gradients are others, a little.
TEST_F(Ranks, GradientsMayTravelRounded) {
  const std::vector<std::string> steps{"--max_steps",         "20", "--num_epochs",    "7",
                                       "--global_batch_size", "32", "--learning_rate", "0.02"};
  std::vector<std::string> rounded = steps;
  rounded.insert(rounded.end(), {"--wire_dtype", "bf16"});
  ASSERT_EQ(train(2, "exact", steps).exit_code, 0);
  const ProgramResult run = train(2, "rounded", rounded);
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  expect_same_losses("exact", "rounded", 0.02);
  EXPECT_NE(losses("rounded"), losses("exact"));
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

// Without MPI the ranks find each other by address and port.
TEST_F(Ranks, StartedByVariablesTheyComputeTheSameBits) {
  ASSERT_EQ(train(2, "mpi").exit_code, 0);
  expect_done(start_by_variables(2, arguments("torchrun", {}), as_torchrun));
  expect_done(start_by_variables(2, arguments("slurm", {}), as_slurm));
  const std::string weights = "/checkpoints/step-00000010/model.safetensors";
  EXPECT_EQ(file("torchrun" + weights), file("mpi" + weights));
  EXPECT_EQ(file("slurm" + weights), file("mpi" + weights));
}

// --gpus on the CPU: the program is its own launcher.
TEST_F(Ranks, StartedByTheProgramItselfTheyComputeTheSameBits) {
  expect_done(start_by_variables(2, arguments("torchrun", {})));
  const ProgramResult run =
      run_program(arguments("itself", {"--gpus", "2", "--device", "cpu"}), scratch_.path());
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("starting 2 ranks"));
  EXPECT_THAT(run.last_line(), HasSubstr("\"steps\":10"));
  const std::string weights = "/checkpoints/step-00000010/model.safetensors";
  EXPECT_EQ(file("itself" + weights), file("torchrun" + weights));
}

TEST_F(Ranks, WhenOneThatTheProgramStartedIsKilledNoneIsLeft) {
  Program run(arguments("run", {"--gpus", "3", "--device", "cpu", "--max_steps", "200",
                                "--global_batch_size", "12", "--num_epochs", "100"}),
              scratch_.path());
  while (!std::filesystem::exists(scratch_.path() / "run/metrics.jsonl")) {
    ASSERT_FALSE(run.ended_within(std::chrono::milliseconds(20)));
  }
  const std::string number = std::to_string(run.process());
  std::istringstream numbers(file_bytes("/proc/" + number + "/task/" + number + "/children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; numbers >> child;) children.push_back(child);
  ASSERT_EQ(children.size(), 3U);
  ::kill(children[1], SIGKILL);
  const ProgramResult result = run.wait();
  EXPECT_EQ(result.exit_code, 4) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("was killed by signal 9"));
  for (const pid_t child : children) EXPECT_NE(::kill(child, 0), 0) << child;
}

TEST_F(Ranks, ASignalToTheProgramThatStartedThemSavesAndStops) {
  Program run(arguments("run", {"--gpus", "2", "--device", "cpu", "--max_steps", "200",
                                "--num_epochs", "100"}),
              scratch_.path());
  while (!std::filesystem::exists(scratch_.path() / "run/metrics.jsonl") ||
         losses("run").size() < 3) {
    ASSERT_FALSE(run.ended_within(std::chrono::milliseconds(20)));
  }
  run.send(SIGTERM);
  const ProgramResult stopped = run.wait();
  EXPECT_EQ(stopped.exit_code, 128 + SIGTERM) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("stopped by signal"));
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "run/weights/last.safetensors"));
}

TEST_F(Ranks, HowManyToStartMustBeSaid) {
  for (const auto& [count, message] :
       {std::pair{"all", "say how many ranks"}, {"two", "--gpus two"}, {"0", "--gpus 0"}}) {
    const ProgramResult run =
        run_program(arguments("run", {"--gpus", count, "--device", "cpu"}), scratch_.path());
    EXPECT_EQ(run.exit_code, 2) << run.errors;
    EXPECT_THAT(run.errors, HasSubstr(message));
  }
  const ProgramResult run = run_program(arguments("run", {"--gpus", "2"}), scratch_.path());
  EXPECT_EQ(run.exit_code, 4) << run.errors;  // the tests' program is built for the CPU
  EXPECT_THAT(run.errors, HasSubstr("built without CUDA support"));
}

TEST_F(Ranks, TwoHostsOfASageMakerJobMeet) {
  const std::string port = free_port();
  std::vector<std::unique_ptr<Program>> hosts;
  for (const std::string host : {"127.0.0.1", "127.0.0.2"}) {
    const auto job = scratch_.path() / host;
    std::filesystem::create_directories(job / "input/config");
    write_bytes(
        job / "input/config/resourceconfig.json",
        nlohmann::json{{"current_host", host}, {"hosts", {"127.0.0.1", "127.0.0.2"}}}.dump());
    hosts.push_back(std::make_unique<Program>(
        arguments("run", {"--sagemaker_dir", job.string(), "--max_steps", "2"}), scratch_.path(),
        ProgramSettings{.environment = {"MASTER_PORT=" + port}}));
  }
  const ProgramResult first = hosts[0]->wait();
  EXPECT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_THAT(first.errors, HasSubstr("2 ranks by SageMaker"));
  EXPECT_EQ(hosts[1]->wait().exit_code, 0);
}

TEST_F(Ranks, AllReduceIsMeasuredBesideTheLibrarysOwn) {
  const ProgramResult run =
      run_program({"benchmark", "allreduce", "--seconds", "0.5"}, scratch_.path(), mpirun(2));
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const auto result = nlohmann::json::parse(run.last_line());
  EXPECT_EQ(result["ranks"], 2);
  EXPECT_EQ(result["sizes"].back()["bytes"], 64 << 20);
  for (const auto& row : result["sizes"]) EXPECT_GT(row["ratio_to_library"], 0.01) << row;
  const ProgramResult alone = run_program({"benchmark", "allreduce"}, scratch_.path());
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.errors, HasSubstr("mpirun -np 2"));
}

// SIGKILL: its connections close at once. SIGSTOP: nothing is heard of it any more.
class LostRank : public Ranks, public testing::WithParamInterface<int> {};

TEST_P(LostRank, EndsTheOthersAndTheRunGoesOnFromItsCheckpoint) {
  const std::vector<std::string> more{
      "--max_steps",         "25", "--checkpoint_every_steps", "2",
      "--heartbeat_timeout", "3",  "--global_batch_size",      "12"};
  ASSERT_EQ(train(3, "whole", more).exit_code, 0);
  auto ranks = start_by_variables(3, arguments("run", more));
  while (last_checkpoint("run") < 4) {
    ASSERT_FALSE(ranks[0]->ended_within(std::chrono::milliseconds(20)));
  }
  ranks[1]->send(GetParam());
  for (const size_t rank : {0, 2}) {
    // 5 s more where nothing else keeps the machine busy (tests/acceptance/lost_ranks.py).
    ASSERT_TRUE(ranks[rank]->ended_within(std::chrono::seconds(3 + 60))) << rank;
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
  expect_code(stopped, 128 + SIGUSR1);
  EXPECT_THAT(stopped.errors, HasSubstr("stopped by signal"));
  const ProgramResult rest = train(2, "run", {"--max_steps", "25", "--resume_from", "auto"});
  ASSERT_EQ(rest.exit_code, 0) << rest.errors;
  const std::string weights = "/weights/last.safetensors";
  EXPECT_EQ(file("run" + weights), file("whole" + weights));
}

}  // namespace
}  // namespace train_backbone::test
