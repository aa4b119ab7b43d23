#include "commands/inspect_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <nlohmann/json.hpp>

#include "commands/inspect_command.h"
#include "commands/run_summary.h"
#include "tests/support/scratch.h"
#include "train_backbone/config/program.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;
using test::scratch_folder;
using test::slurp;
using test::spill;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

fs::path save(const fs::path& folder, int64_t step) {
  io::Checkpoint checkpoint;
  checkpoint.step = step;
  checkpoint.model = {{"w", torch::ones(4)}};
  checkpoint.optimizer = {{"w", torch::zeros(4)}};
  return io::save_checkpoint(folder / "checkpoints", checkpoint);
}

// As a run leaves it that was stopped in its fourth epoch.
fs::path run_folder() {
  const fs::path folder = scratch_folder();
  spill(folder / "run.toml",
        "# train_backbone\n\n# Model\nmodel = \"resnet50v1_b\"  # command line\n"
        "num_classes = 10  # file\nleaky_slope = 0.1  # default\n# freeze: not set\n"
        "num_epochs = 4.5  # default\ntrain_data_dir = \"a = b  # c\"  # environment\n");
  std::string metrics;
  for (const char* line :
       {R"({"kind": "interval", "step": 5, "epoch": 0.5, "train_top1": 99})",
        R"({"kind": "epoch", "step": 10, "epoch": 1, "validation_top1": 61.5})",
        R"({"kind": "epoch", "step": 20, "epoch": 2, "validation_top1": 71.25})",
        R"({"kind": "epoch", "step": 30, "epoch": 3, "validation_top1": 70.5})",
        R"({"kind": "epoch", "step": 35, "epoch": 4, "validation_top1": null})", "torn"}) {
    metrics += core::format("{}\n", line);
  }
  spill(folder / "metrics.jsonl", metrics);
  for (const char* name : {"last", "best"}) {
    io::write_weights(folder / "weights" / core::format("{}.safetensors", name),
                      {{"w", torch::ones(4)}},
                      {{"step", name[0] == 'l' ? "35" : "20"}, {"epoch", "3.5"}});
  }
  save(folder, 20);
  save(folder, 35);
  spill(folder / "report.html", "<html>");
  return folder;
}

struct Answer {
  int exit_code = 0;
  std::string output;
  std::string diagnostics;
  nlohmann::json last_line;
};

Answer inspect(const fs::path& path) {
  config::CommandList commands;
  commands.push_back(std::make_unique<InspectCommand>());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Answer answer;
  answer.exit_code = config::run_program(commands, {"inspect", path.string()}, {});
  answer.output = testing::internal::GetCapturedStdout();
  answer.diagnostics = testing::internal::GetCapturedStderr();
  const size_t last = answer.output.rfind('\n', answer.output.size() - 2);
  answer.last_line = nlohmann::json::parse(answer.output.substr(last + 1));
  return answer;
}

TEST(RunFolder, IsToldByWhatARunWrites) {
  const fs::path folder = scratch_folder();
  EXPECT_FALSE(is_run_folder(folder));
  EXPECT_FALSE(is_run_folder(folder / "missing"));
  spill(folder / "train-00000-of-00001", "");
  spill(folder / "bad_records.csv", "");
  EXPECT_FALSE(is_run_folder(folder));
  EXPECT_FALSE(is_run_folder(folder / "train-00000-of-00001"));
  save(folder, 3);
  EXPECT_TRUE(is_run_folder(folder));
  for (const char* name : {"run.toml", "metrics.jsonl"}) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    spill(folder / name, "");
    EXPECT_TRUE(is_run_folder(folder)) << name;
  }
}

TEST(InspectRun, SaysWhatItIsAndHowFar) {
  const fs::path folder = run_folder();
  const Answer answer = inspect(folder);
  EXPECT_EQ(answer.exit_code, 0) << answer.diagnostics;
  EXPECT_THAT(answer.output,
              HasSubstr(": a run of resnet50v1_b, 3.5 of 4.5 epochs done, 35 steps\n"));
  EXPECT_THAT(answer.output, HasSubstr("  num_classes = 10\n"));
  EXPECT_THAT(answer.output, HasSubstr("70.50 % at the last validation (epoch 3), 71.25 % at best "
                                       "(epoch 2)\n"));
  EXPECT_THAT(answer.output, HasSubstr("checkpoints  step-00000035, step-00000020\n"));
  EXPECT_THAT(answer.output, HasSubstr("weights      last.safetensors, best.safetensors\n"));
  EXPECT_EQ(answer.last_line["kind"], "run");
  EXPECT_EQ(answer.last_line["model"], "resnet50v1_b");
  EXPECT_EQ(answer.last_line["steps"], 35);
  EXPECT_EQ(answer.last_line["epochs"], 3.5);
  EXPECT_EQ(answer.last_line["num_epochs"], 4.5);
  EXPECT_EQ(answer.last_line["top1"], 70.5);
  EXPECT_EQ(answer.last_line["best_top1"], 71.25);
  EXPECT_EQ(answer.last_line["best_epoch"], 2);
  EXPECT_EQ(answer.last_line["report"], (folder / "report.html").string());
  EXPECT_EQ(answer.last_line["whole"], true);
  EXPECT_THAT(examine_run(folder).options,
              ElementsAre(Pair("model", "\"resnet50v1_b\""), Pair("num_classes", "10"),
                          Pair("train_data_dir", "\"a = b  # c\"")));
}

TEST(InspectRun, NamesDamage) {
  const fs::path folder = run_folder();
  for (const fs::path& file : {folder / "checkpoints/step-00000035/model.safetensors",
                               folder / "weights/best.safetensors"}) {
    std::string bytes = slurp(file);
    bytes.back() ^= 1;
    spill(file, bytes);
  }
  const Answer answer = inspect(folder);
  EXPECT_EQ(answer.exit_code, 3);
  EXPECT_THAT(answer.diagnostics, HasSubstr("step-00000035"));
  EXPECT_THAT(answer.diagnostics, HasSubstr("best.safetensors"));
  EXPECT_EQ(answer.last_line["damaged"], 2);
  EXPECT_EQ(answer.last_line["whole"], false);
  EXPECT_EQ(answer.last_line["steps"], 35);
}

TEST(InspectRun, WithoutItsLastWeightsDoesNotSayThatNothingWasSaved) {
  const fs::path folder = run_folder();
  fs::remove(folder / "weights/last.safetensors");
  const Answer answer = inspect(folder);
  EXPECT_EQ(answer.exit_code, 0) << answer.diagnostics;
  EXPECT_THAT(answer.output, testing::Not(HasSubstr("nothing saved")));
  EXPECT_EQ(answer.last_line["steps"], 0);
}

TEST(InspectRun, TellsOneThatHasSavedNothing) {
  const fs::path folder = scratch_folder();
  spill(folder / "run.toml", "model = \"darknet53\"  # command line\n");
  const Answer answer = inspect(folder);
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_THAT(answer.output, HasSubstr("a run of darknet53, nothing saved yet\n"));
  EXPECT_THAT(answer.output, HasSubstr("no validation yet\n"));
  EXPECT_TRUE(answer.last_line["top1"].is_null());
  EXPECT_TRUE(answer.last_line["report"].is_null());
  EXPECT_EQ(answer.last_line["checkpoints"], nlohmann::json::array());
}

}  // namespace
}  // namespace train_backbone::commands
