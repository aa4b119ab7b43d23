#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/free_port.h"
#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {

using testing::HasSubstr;

// Whole runs of several ranks on tiny data.
class Ranks : public testing::Test {
 protected:
  using Options = std::vector<std::pair<std::string, std::string>>;

  // What is given, and of the others what is missing there.
  static std::vector<std::string> completed(std::vector<std::string> given, const Options& others) {
    for (const auto& [name, value] : others) {
      if (std::find(given.begin(), given.end(), name) != given.end()) continue;
      given.insert(given.end(), {name, value});
    }
    return given;
  }

  // On the tiny data, with everything that is drawn: augmentation and mixup.
  [[nodiscard]] std::vector<std::string> base_arguments(
      const std::string& model_dir, const std::vector<std::string>& more) const {
    return completed(more, {{"--train_data_dir", data_.train.string()},
                            {"--validation_data_dir", data_.validation.string()},
                            {"--model_dir", (scratch_.path() / model_dir).string()},
                            {"--model", "resnet18v1_b"},
                            {"--num_classes", "10"},
                            {"--train_image_size", "32"},
                            {"--warmup_epochs", "0.5"},
                            {"--learning_rate", "0.2"}});
  }

  // Ten steps of sixteen samples, unless `more` says otherwise.
  [[nodiscard]] std::vector<std::string> arguments(const std::string& model_dir,
                                                   const std::vector<std::string>& more) const {
    return base_arguments(model_dir, completed(more, {{"--num_epochs", "5"},
                                                      {"--log_every_steps", "1"},
                                                      {"--compute_threads", "1"},
                                                      {"--workers", "1"},
                                                      {"--global_batch_size", "16"},
                                                      {"--max_steps", "10"}}));
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

  using Environment = std::vector<std::string>;

  static Environment as_torchrun(int rank, int count, const std::string& port) {
    const std::string number = std::to_string(rank);
    return {"RANK=" + number, "WORLD_SIZE=" + std::to_string(count), "LOCAL_RANK=" + number,
            "MASTER_ADDR=127.0.0.1", "MASTER_PORT=" + port};
  }

  static Environment as_slurm(int rank, int count, const std::string& port) {
    return {"SLURM_STEP_ID=0", "SLURM_PROCID=" + std::to_string(rank),
            "SLURM_STEP_NUM_TASKS=" + std::to_string(count), "SLURM_STEP_NODELIST=localhost",
            "MASTER_PORT=" + port};
  }

  static std::string free_port() { return std::to_string(test::free_port()); }

  // A process per rank, without a launcher's program.
  std::vector<std::unique_ptr<Program>> start_by_variables(
      int count, const std::vector<std::string>& arguments,
      Environment (*variables)(int, int, const std::string&) = as_torchrun) const {
    const std::string port = free_port();
    std::vector<std::unique_ptr<Program>> ranks;
    for (int rank = 0; rank < count; ++rank) {
      ranks.push_back(
          std::make_unique<Program>(arguments, scratch_.path(),
                                    ProgramSettings{.environment = variables(rank, count, port)}));
    }
    return ranks;
  }

  static void expect_done(const std::vector<std::unique_ptr<Program>>& ranks) {
    for (const auto& rank : ranks) {
      const ProgramResult result = rank->wait();
      EXPECT_EQ(result.exit_code, 0) << result.errors;
    }
  }

  // The ranks' code, by mpirun's word where it has crashed itself when all was over, as Debian 12's
  // now and then does behind a job that failed.
  static void expect_code(const ProgramResult& run, int code) {
    if (run.errors.find("PMIx_server_finalize") == std::string::npos) {
      EXPECT_EQ(run.exit_code, code) << run.errors;
    } else {
      EXPECT_THAT(run.errors, HasSubstr("Exit code:    " + std::to_string(code) + "\n"));
    }
  }

  // Under one mpirun, with a command line and a program of its own on the second rank: refused
  // before anything is written.
  void expect_refused(const std::vector<std::string>& first, std::vector<std::string> second,
                      const std::string& difference,
                      const std::string& second_program = program_path()) {
    std::vector<std::string> both = first;
    both.insert(both.end(), {":", "-np", "1", second_program});
    both.insert(both.end(), second.begin(), second.end());
    const ProgramResult run = run_program(both, scratch_.path(), mpirun(1));
    expect_code(run, 2);
    EXPECT_THAT(run.errors, HasSubstr("on rank 1"));
    EXPECT_THAT(run.errors, HasSubstr(difference));
    EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "run"));
  }

  [[nodiscard]] std::string file(const std::string& name) const {
    return file_bytes(scratch_.path() / name);
  }

  // The step of the newest; -1: there is none yet.
  [[nodiscard]] int64_t last_checkpoint(const std::string& model_dir) const {
    int64_t last = -1;
    std::error_code ignored;
    const auto folder = scratch_.path() / model_dir / "checkpoints";
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("step-")) last = std::max(last, int64_t{std::stoll(name.substr(5))});
    }
    return last;
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
    ASSERT_EQ(expected.size(), 20U);
    ASSERT_EQ(got.size(), expected.size());
    for (size_t step = 0; step < got.size(); ++step) {
      EXPECT_NEAR(got[step], expected[step], tolerance * expected[step]) << "step " << step;
    }
  }

  Scratch scratch_;
  TinyData data_{scratch_.path() / "data"};
};

}  // namespace train_backbone::test
