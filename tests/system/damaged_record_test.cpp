#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

// Whole runs over shards with damaged records.
namespace train_backbone::test {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The record around this place of the file: pictures are what most of a shard's bytes belong to.
void damage(const std::filesystem::path& shard, double place) {
  std::string bytes = file_bytes(shard);
  char& byte = bytes.at(static_cast<size_t>(place * static_cast<double>(bytes.size())));
  byte = static_cast<char>(byte ^ 0x10);
  write_bytes(shard, bytes);
}

class DamagedRecord : public ::testing::Test {
 protected:
  ProgramResult train(const std::string& model_dir, const std::vector<std::string>& more) {
    return run_program(data_.train_arguments(scratch_.path() / model_dir, more), scratch_.path());
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return file_bytes(scratch_.path() / name);
  }
  [[nodiscard]] std::filesystem::path validation_shard() const {
    return data_.validation / "validation-00000-of-00001";
  }

  Scratch scratch_;
  TinyData data_{scratch_.path() / "data"};
};

TEST_F(DamagedRecord, EndsTheRunByDefaultAndSaysWhatToDo) {
  damage(data_.training_shard(), 0.5);
  const ProgramResult run = train("run", {});
  EXPECT_EQ(run.exit_code, 3) << run.errors;
  for (const std::string part : {"train-00000-of-00001 at byte", "--on_bad_record skip",
                                 "prepare --verify_images --on_bad_image skip"}) {
    EXPECT_TRUE(holds(run.errors, part)) << part << " in " << run.errors;
  }
}

TEST_F(DamagedRecord, IsSkippedNamedOnceAndCounted) {
  damage(data_.training_shard(), 0.5);
  damage(validation_shard(), 0.3);
  const ProgramResult run = train("run", {"--on_bad_record", "skip"});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_TRUE(holds(run.last_line(), "\"bad_records\":2")) << run.last_line();
  const std::string list = file("run/bad_records.csv");
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 3) << list;  // with the header
  EXPECT_TRUE(holds(list, ",train,train-00000-of-00001,")) << list;
  EXPECT_TRUE(holds(list, ",validation,validation-00000-of-00001,")) << list;
  EXPECT_TRUE(holds(file("run/metrics.jsonl"), "\"bad_records\":2"));
  EXPECT_TRUE(holds(file("run/metrics.csv"), ",bad_records\n"));

  const ProgramResult validate = run_program(
      {"validate", "--weights", (scratch_.path() / "run/weights/last.safetensors").string(),
       "--validation_data_dir", data_.validation.string(), "--on_bad_record", "skip"},
      scratch_.path());
  ASSERT_EQ(validate.exit_code, 0) << validate.errors;
  EXPECT_TRUE(holds(validate.last_line(), "\"records\":60,\"bad_records\":1"))
      << validate.last_line();
  EXPECT_TRUE(holds(validate.output, "over 60 records (1 damaged left out)")) << validate.output;
}

TEST_F(DamagedRecord, MoreThanTheBudgetEndTheRun) {
  damage(data_.training_shard(), 0.3);
  damage(data_.training_shard(), 0.6);
  const ProgramResult run = train("run", {"--on_bad_record", "skip"});
  EXPECT_EQ(run.exit_code, 3) << run.errors;
  EXPECT_TRUE(holds(run.errors, "--max_bad_records 1")) << run.errors;
  const ProgramResult more =
      train("more", {"--on_bad_record", "skip", "--max_bad_records", "2", "--num_epochs", "1"});
  EXPECT_EQ(more.exit_code, 0) << more.errors;
}

TEST_F(DamagedRecord, ABudgetThatTheFirstBatchExceedsLeavesNothingBehind) {
  for (int part = 1; part < 40; ++part) damage(data_.training_shard(), 0.025 * part);
  const ProgramResult run = train("run", {"--on_bad_record", "skip", "--max_bad_records", "0"});
  EXPECT_EQ(run.exit_code, 3) << run.errors;
  EXPECT_TRUE(holds(run.errors, "--max_bad_records 0")) << run.errors;
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "run")) << run.errors;
}

TEST_F(DamagedRecord, ABudgetWithoutSkippingIsRefused) {
  const ProgramResult run = train("run", {"--max_bad_records", "5"});
  EXPECT_EQ(run.exit_code, 2) << run.errors;
  EXPECT_TRUE(holds(run.errors, "--on_bad_record skip")) << run.errors;
}

// A run that branches off into another folder has met what its parent met.
TEST_F(DamagedRecord, AnotherFolderTakesTheListOver) {
  damage(data_.training_shard(), 0.2);
  damage(data_.training_shard(), 0.7);
  const std::vector<std::string> skip = {"--on_bad_record", "skip", "--max_bad_records", "2",
                                         "--num_epochs",    "1"};
  ASSERT_EQ(train("parent", skip).exit_code, 0);
  std::vector<std::string> on = skip;
  on.insert(on.end(), {"--resume_from", (scratch_.path() / "parent").string()});
  ASSERT_EQ(train("child", on).exit_code, 0);
  EXPECT_EQ(file("child/bad_records.csv"), file("parent/bad_records.csv"));
}

// Weights and list of a run that was stopped, and of one with other workers, are those of one that
// was not.
TEST_F(DamagedRecord, ResumedRunsAndOtherWorkersGiveTheSame) {
  damage(data_.training_shard(), 0.2);
  damage(data_.training_shard(), 0.7);
  const std::vector<std::string> skip = {"--on_bad_record", "skip", "--max_bad_records", "2",
                                         "--num_epochs",    "1"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), skip.begin(), skip.end());
    return more;
  };
  ASSERT_EQ(train("whole", with({})).exit_code, 0);
  const std::string list = file("whole/bad_records.csv");
  ASSERT_EQ(std::count(list.begin(), list.end(), '\n'), 3) << list;  // with the header
  ASSERT_EQ(train("workers", with({"--workers", "2"})).exit_code, 0);
  for (const std::string steps : {"3", "9"}) {
    ASSERT_EQ(train("parts", with({"--max_steps", steps, "--resume_from", "auto"})).exit_code, 0);
  }
  ASSERT_EQ(train("parts", with({"--resume_from", "auto"})).exit_code, 0);
  for (const std::string other : {"workers", "parts"}) {
    EXPECT_EQ(file(other + "/checkpoints/step-00000012/model.safetensors"),
              file("whole/checkpoints/step-00000012/model.safetensors"))
        << other;
    EXPECT_EQ(file(other + "/bad_records.csv"), file("whole/bad_records.csv")) << other;
  }
}

TEST_F(DamagedRecord, ARunThatItEndedGoesOnWithSkip) {
  damage(data_.training_shard(), 0.5);
  ASSERT_EQ(train("run", {"--checkpoint_every_steps", "2"}).exit_code, 3);
  const ProgramResult on = train("run", {"--on_bad_record", "skip", "--resume_from", "auto"});
  EXPECT_EQ(on.exit_code, 0) << on.errors;
}

TEST_F(DamagedRecord, BlockShuffleTrainsAndCannotBeChangedOnResume) {
  ASSERT_EQ(train("run", {"--shuffle", "block", "--num_epochs", "1", "--max_steps", "3"}).exit_code,
            0);
  const ProgramResult other = train("run", {"--num_epochs", "1", "--resume_from", "auto"});
  EXPECT_EQ(other.exit_code, 2) << other.errors;
  EXPECT_TRUE(holds(other.errors, "--shuffle is block there and global now")) << other.errors;
  EXPECT_EQ(
      train("run", {"--shuffle", "block", "--num_epochs", "1", "--resume_from", "auto"}).exit_code,
      0);
}

}  // namespace
}  // namespace train_backbone::test
