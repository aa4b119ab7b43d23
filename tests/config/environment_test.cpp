#include <gtest/gtest.h>

#include "sample_command.h"

namespace train_backbone::config {
namespace {

TEST(Environment, FillsOptionsByTheirUpperCaseName) {
  const Outcome outcome = run_sample(
      {}, {"PATH=/bin", "TRAIN_BACKBONE_BATCH_SIZE=7", "TRAIN_BACKBONE_FP32=yes", "ODD"});
  EXPECT_EQ(outcome.options.batch_size, 7);
  EXPECT_TRUE(outcome.options.fp32);
}

TEST(Environment, LosesAgainstTheCommandLine) {
  const Outcome outcome = run_sample({"-b", "9"}, {"TRAIN_BACKBONE_BATCH_SIZE=7"});
  EXPECT_EQ(outcome.options.batch_size, 9);
  EXPECT_NE(outcome.resolved.toml.find("batch_size = 9  # command line"), std::string::npos);
}

// Two options for one value: the line rules over the environment whichever of them it names.
TEST(Environment, LosesAgainstAnotherSpellingOfTheValueOnTheCommandLine) {
  const Outcome half = run_sample({"--half_decay", "0.1"}, {"TRAIN_BACKBONE_WEIGHT_DECAY=0.4"});
  EXPECT_EQ(half.options.half_decay, 0.1);
  EXPECT_EQ(half.options.weight_decay, std::nullopt);
  EXPECT_EQ(half.resolved.values.at("weight_decay"), "");
  const Outcome whole = run_sample({"--weight_decay", "0.4"}, {"TRAIN_BACKBONE_HALF_DECAY=0.1"});
  EXPECT_EQ(whole.options.weight_decay, 0.4);
  EXPECT_EQ(whole.options.half_decay, std::nullopt);
}

TEST(Environment, SatisfiesRequiredOptions) {
  EXPECT_EQ(usage_error({}, {"TRAIN_BACKBONE_DATA_DIR=/data"}), "");
}

TEST(Environment, LeavesOtherCommandsVariablesAndTheScriptsAlone) {
  Outcome outcome;
  run_program(
      sample_commands(outcome), {"look", "/x"},
      {"TRAIN_BACKBONE_BATCH_SIZE=not read here", "TRAIN_BACKBONE_CACHE_DIR=/c",
       "TRAIN_BACKBONE_PYTHON=/p", "TRAIN_BACKBONE_LAUNCHER=l", "TRAIN_BACKBONE_CONTAINER=c",
       "TRAIN_BACKBONE_REACH=ssh", "TRAIN_BACKBONE_ENTER=docker exec"});
  EXPECT_EQ(outcome.ran, "look");
}

TEST(Environment, RefusesUnknownAndUnfitVariables) {
  EXPECT_EQ(usage_error({}, {"TRAIN_BACKBONE_BATCHSIZES=7"}),
            "unknown environment variable 'TRAIN_BACKBONE_BATCHSIZES'; did you mean "
            "'TRAIN_BACKBONE_BATCH_SIZE'?");
  EXPECT_EQ(usage_error({}, {"TRAIN_BACKBONE_QUIT=1"}),
            "unknown environment variable 'TRAIN_BACKBONE_QUIT'; did you mean "
            "'TRAIN_BACKBONE_QUIET'?");
  EXPECT_EQ(usage_error({}, {"TRAIN_BACKBONE_ZZZZZZZZZZ=7"}),
            "unknown environment variable 'TRAIN_BACKBONE_ZZZZZZZZZZ': no option has this name; "
            "unset it");
  EXPECT_EQ(usage_error({}, {"TRAIN_BACKBONE_BATCH_SIZE=-3"}),
            "TRAIN_BACKBONE_BATCH_SIZE=-3: must be >= 1 (images per rank)");
  EXPECT_EQ(usage_error({}, {"TRAIN_BACKBONE_SCHEDULE=cosin"}),
            "TRAIN_BACKBONE_SCHEDULE: unknown schedule 'cosin'; did you mean 'cosine'?");
  EXPECT_EQ(usage_error({}, {"TRAIN_BACKBONE_SCHEDULE="}),
            "TRAIN_BACKBONE_SCHEDULE: missing value");
}

TEST(Environment, IsCheckedEvenWhereTheCommandLineWins) {
  EXPECT_EQ(usage_error({"-b", "4", "--data_dir=x"}, {"TRAIN_BACKBONE_BATCH_SIZE=four"}),
            "TRAIN_BACKBONE_BATCH_SIZE=four: must be a whole number");
}

// What stands on the line decides which file is looked at and what is asked of the program.
TEST(Environment, NeverFillsPositionalValuesOrQuestions) {
  EXPECT_NE(usage_error({"look"}, {"TRAIN_BACKBONE_PATH=/x"}), "");
  EXPECT_NE(usage_error({"look", "/x"}, {"TRAIN_BACKBONE_HELP=1"}), "");
}

}  // namespace
}  // namespace train_backbone::config
