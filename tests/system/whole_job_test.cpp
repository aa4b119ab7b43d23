#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

// The number behind "name": in a line of JSON.
double number_in(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\":");
  if (at == std::string::npos) throw std::runtime_error("no " + name + " in " + json);
  return std::stod(json.substr(at + name.size() + 3));
}

class WholeJob : public ::testing::Test {
 protected:
  Scratch scratch_;
  TinyData data_{scratch_.path() / "data"};
  std::filesystem::path run_ = scratch_.path() / "run";
};

TEST_F(WholeJob, TrainsValidatesAndLeavesTheDocumentedFiles) {
  const ProgramResult train = run_program(data_.train_arguments(run_), scratch_.path());
  ASSERT_EQ(train.exit_code, 0) << train.errors;
  EXPECT_EQ(number_in(train.last_line(), "steps"), 25);
  for (const char* name : {"run.toml", "metrics.jsonl", "metrics.csv", "weights/last.safetensors",
                           "weights/best.safetensors", "checkpoints/step-00000025/state.json"}) {
    EXPECT_TRUE(std::filesystem::exists(run_ / name)) << name;
  }
  const ProgramResult validate =
      run_program({"validate", "--weights", (run_ / "weights/last.safetensors").string(),
                   "--validation_data_dir", data_.validation.string(), "--predictions",
                   (scratch_.path() / "predictions.csv").string()},
                  scratch_.path());
  ASSERT_EQ(validate.exit_code, 0) << validate.errors;
  EXPECT_DOUBLE_EQ(number_in(validate.last_line(), "top1"), number_in(train.last_line(), "top1"));
  EXPECT_EQ(number_in(validate.last_line(), "records"), TinyData::kValidationPictures);
  const std::string predictions = file_bytes(scratch_.path() / "predictions.csv");
  EXPECT_EQ(std::count(predictions.begin(), predictions.end(), '\n'),
            TinyData::kValidationPictures + 1);
}

TEST_F(WholeJob, LearnsTheTinySetByHeart) {
  // 100 pictures, no augmentation: a network that trains at all gets them nearly all right.
  const ProgramResult train = run_program(
      data_.train_arguments(run_, {"--num_epochs", "10", "--augment", "none", "--mixup_alpha", "0",
                                   "--label_smoothing", "0", "--eval_crop_pct", "1",
                                   "--learning_rate", "1", "--warmup_epochs", "1"}),
      scratch_.path());
  ASSERT_EQ(train.exit_code, 0) << train.errors;
  const ProgramResult validate =
      run_program({"validate", "--weights", (run_ / "weights/last.safetensors").string(),
                   "--validation_data_dir", data_.train.string()},
                  scratch_.path());
  ASSERT_EQ(validate.exit_code, 0) << validate.errors;
  EXPECT_GT(number_in(validate.last_line(), "top1"), 90) << validate.output;
}

TEST_F(WholeJob, TheOriginalsLineWorks) {
  const ProgramResult train = run_program({"--train_data_dir",
                                           data_.train.string(),
                                           "--validation_data_dir",
                                           data_.validation.string(),
                                           "--num_classes",
                                           "10",
                                           "--train_dataset_size",
                                           "100",
                                           "--model_dir",
                                           run_.string(),
                                           "-b",
                                           "20",
                                           "--num_epochs",
                                           "1",
                                           "--schedule",
                                           "cosine",
                                           "-lr",
                                           "0.1",
                                           "--momentum",
                                           "0.9",
                                           "--label_smoothing",
                                           "0.1",
                                           "--mixup_alpha",
                                           "0.2",
                                           "--l2_weight_decay",
                                           "1e-4",
                                           "-fp32",
                                           "-xla_off",
                                           "--model",
                                           "resnet18v1_b",
                                           "--train_image_size",
                                           "16"},
                                          scratch_.path());
  EXPECT_EQ(train.exit_code, 0) << train.errors;
  EXPECT_EQ(number_in(train.last_line(), "steps"), 5);
}

TEST_F(WholeJob, InspectSaysWhatAShardHoldsAndFindsDamage) {
  const ProgramResult whole = run_program({"inspect", data_.train.string()}, scratch_.path());
  EXPECT_EQ(whole.exit_code, 0) << whole.errors;
  EXPECT_EQ(number_in(whole.last_line(), "records"), TinyData::kTrainingPictures);
  const ProgramResult shard =
      run_program({"inspect", data_.training_shard().string()}, scratch_.path());
  EXPECT_EQ(shard.exit_code, 0) << shard.errors;
  EXPECT_GT(number_in(shard.last_line(), "records"), 0);
  std::string bytes = file_bytes(data_.training_shard());
  bytes[bytes.size() / 2] ^= 1;
  write_bytes(data_.training_shard(), bytes);
  const ProgramResult damaged =
      run_program({"inspect", data_.training_shard().string()}, scratch_.path());
  EXPECT_EQ(damaged.exit_code, 3) << damaged.output;
}

TEST_F(WholeJob, PrintConfigShowsValuesWithTheirOrigin) {
  const ProgramResult result =
      run_program(data_.train_arguments(run_, {"--print_config"}), scratch_.path());
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.output.find("batch_size = 8"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("momentum = 0.9"), std::string::npos) << result.output;
  EXPECT_FALSE(std::filesystem::exists(run_));
}

TEST_F(WholeJob, DivergenceStopsWithTheStepAndKeepsTheLastGoodCheckpoint) {
  const ProgramResult good =
      run_program(data_.train_arguments(run_, {"--max_steps", "2"}), scratch_.path());
  ASSERT_EQ(good.exit_code, 0) << good.errors;
  const ProgramResult result =
      run_program(data_.train_arguments(scratch_.path() / "diverged",
                                        {"--learning_rate", "1e30", "--warmup_epochs", "0"}),
                  scratch_.path());
  EXPECT_EQ(result.exit_code, 5) << result.errors;
  EXPECT_NE(result.errors.find("step"), std::string::npos) << result.errors;
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "diverged/weights/last.safetensors"));
}

}  // namespace
}  // namespace train_backbone::test
