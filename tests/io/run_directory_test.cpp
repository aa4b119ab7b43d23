#include "train_backbone/io/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::vector<fs::path> run_files(const fs::path& folder) {
  return {folder / "run.toml",
          folder / "metrics.jsonl",
          folder / "metrics.csv",
          folder / "bad_records.csv",
          folder / "report.html",
          folder / "weights" / "last.safetensors",
          folder / "weights" / "best.safetensors",
          folder / "checkpoints" / "step-00000001" / "state.json"};
}

void make(const fs::path& file) {
  fs::create_directories(file.parent_path());
  spill(file, "x");
}

TEST(RunDirectory, ANewFolderIsMadeAndHoldsNothing) {
  const auto folder = scratch_folder() / "a" / "b";
  const RunDirectory run(folder, RunStart::kNew);
  EXPECT_TRUE(fs::is_empty(folder));
  run.write_run_toml("lr = 0.1\n");
  EXPECT_EQ(slurp(folder / "run.toml"), "lr = 0.1\n");
  EXPECT_EQ(run.checkpoints(), folder / "checkpoints");
  EXPECT_EQ(run.best_weights(), folder / "weights" / "best.safetensors");
}

TEST(RunDirectory, KeepsASecondRunOutWhileItLives) {
  const auto folder = scratch_folder();
  {
    const RunDirectory run(folder, RunStart::kNew);
    for (const RunStart start : {RunStart::kNew, RunStart::kOverwrite, RunStart::kResume}) {
      EXPECT_THAT(message_of<core::UsageError>([&] { RunDirectory(folder, start); }),
                  AllOf(HasSubstr(folder.string()), HasSubstr("another process")));
    }
  }
  EXPECT_NO_THROW(RunDirectory(folder, RunStart::kResume));
}

TEST(RunDirectory, AnyFileOfARunRefusesANewOneAndNamesTheWaysOut) {
  const auto folder = scratch_folder();
  for (const fs::path& file : run_files(folder)) {
    make(file);
    EXPECT_THAT(message_of<core::UsageError>([&] { RunDirectory(folder, RunStart::kNew); }),
                AllOf(HasSubstr(folder.string()), HasSubstr("--resume_from auto"),
                      HasSubstr("--overwrite")))
        << file;
    EXPECT_TRUE(fs::exists(file)) << "a refusal must not touch it";
    fs::remove_all(file.parent_path() == folder ? file : file.parent_path());
  }
  EXPECT_NO_THROW(RunDirectory(folder, RunStart::kNew)) << "an empty checkpoints/ is no run";
}

TEST(RunDirectory, FilesOfTheUserAreNoRun) {
  const auto folder = scratch_folder();
  make(folder / "notes.txt");
  EXPECT_NO_THROW(RunDirectory(folder, RunStart::kNew));
}

TEST(RunDirectory, OverwriteRemovesTheRunAndNothingElse) {
  const auto folder = scratch_folder();
  for (const fs::path& file : run_files(folder)) make(file);
  make(folder / "tensorboard" / "events.out.tfevents.0000000000");
  const std::vector<fs::path> others = {folder / "notes.txt", folder / "tensorboard" / "mine",
                                        folder / "weights" / "mine.pth",
                                        folder / "checkpoints" / "old" / "x"};
  for (const fs::path& file : others) make(file);
  const RunDirectory run(folder, RunStart::kOverwrite);
  EXPECT_FALSE(holds_run(folder));
  EXPECT_FALSE(fs::exists(folder / "tensorboard" / "events.out.tfevents.0000000000"));
  for (const fs::path& file : run_files(folder)) EXPECT_FALSE(fs::exists(file)) << file;
  for (const fs::path& file : others) EXPECT_TRUE(fs::exists(file)) << file;
}

TEST(RunDirectory, ResumeKeepsTheRunAndRemovesTornFiles) {
  const auto folder = scratch_folder();
  for (const fs::path& file : run_files(folder)) make(file);
  make(folder / ".metrics.csv.tmp-77-0");
  make(folder / "weights" / ".last.safetensors.tmp-77-1");
  make(folder / ".other.tmp-1");
  const RunDirectory run(folder, RunStart::kResume);
  for (const fs::path& file : run_files(folder)) EXPECT_TRUE(fs::exists(file)) << file;
  EXPECT_FALSE(fs::exists(folder / ".metrics.csv.tmp-77-0"));
  EXPECT_FALSE(fs::exists(folder / "weights" / ".last.safetensors.tmp-77-1"));
  EXPECT_TRUE(fs::exists(folder / ".other.tmp-1"));
}

TEST(RunDirectory, AFileInTheWayNamesTheOption) {
  const auto file = scratch_folder() / "file";
  spill(file, "x");
  for (const fs::path& path : {file, file / "below"}) {
    EXPECT_THAT(message_of<core::UsageError>([&] { RunDirectory(path, RunStart::kResume); }),
                HasSubstr("--model_dir"));
  }
}

}  // namespace
}  // namespace train_backbone::io
