#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sample_command.h"

namespace train_backbone::config {
namespace {

TEST(CommandLine, KeepsDefaultsOfWhatIsNotGiven) {
  const Outcome outcome = run_sample({});
  EXPECT_EQ(outcome.options.data_dir, "/data");
  EXPECT_EQ(outcome.options.batch_size, 128);
  EXPECT_EQ(outcome.options.max_steps, std::nullopt);
  EXPECT_EQ(outcome.options.weight_decay, std::nullopt);
  EXPECT_FALSE(outcome.options.fp32);
}

TEST(CommandLine, TakesEverySpellingOfAnOption) {
  const std::vector<std::pair<Arguments, int64_t>> spellings = {
      {{"--batch_size", "1"}, 1}, {{"--batch_size=2"}, 2}, {{"--batch-size", "3"}, 3},
      {{"--batch-size=4"}, 4},    {{"-b", "5"}, 5},        {{"-b=6"}, 6},
      {{"--batch_size", "+7"}, 7}};
  for (const auto& [arguments, batch_size] : spellings) {
    EXPECT_EQ(run_sample(arguments).options.batch_size, batch_size);
  }
}

TEST(CommandLine, TakesFlagsWithAndWithoutAValue) {
  const std::vector<std::pair<Arguments, bool>> spellings = {
      {{"-fp32"}, true},        {{"--fp32"}, true},        {{"--fp32", "True"}, true},
      {{"-fp32", "1"}, true},   {{"--fp32=YES"}, true},    {{"--fp32", "--quiet"}, true},
      {{"-fp32", "no"}, false}, {{"--fp32=false"}, false}, {{"--fp32", "0", "--quiet"}, false}};
  for (const auto& [arguments, value] : spellings) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    EXPECT_EQ(run_sample(arguments).options.fp32, value);
  }
}

TEST(CommandLine, ReadsNumbersOfEveryShape) {
  EXPECT_EQ(run_sample({"-lr", "1e-4"}).options.learning_rate, 1e-4);
  EXPECT_EQ(run_sample({"--lr=.5"}).options.learning_rate, 0.5);
  EXPECT_EQ(run_sample({"--weight_decay", "-1e-4"}).options.weight_decay, -1e-4);
  EXPECT_EQ(run_sample({"--max_steps", "-3"}).options.max_steps, -3);
  EXPECT_EQ(run_sample({"--max_steps", "9223372036854775807"}).options.max_steps, INT64_MAX);
}

TEST(CommandLine, StoresChoicesInTheirDeclaredSpelling) {
  EXPECT_EQ(run_sample({"--schedule", "Piecewise-SHORT"}).options.schedule, "piecewise_short");
}

TEST(CommandLine, TakesTextsWithEqualsBracketsAndSpacesAsTheyAre) {
  for (const std::string text : {"/a=b", "[a,b]", "{}", "two words", "a,b", "-"}) {
    Outcome outcome;
    run_program(sample_commands(outcome), {"--data_dir", text}, {});
    EXPECT_EQ(outcome.options.data_dir, text);
  }
}

TEST(CommandLine, FillsPositionalValues) {
  Outcome outcome;
  run_program(sample_commands(outcome), {"look", "/x"}, {});
  EXPECT_EQ(outcome.path.path, "/x");
  run_program(sample_commands(outcome), {"look", "--", "--odd-name"}, {});
  EXPECT_EQ(outcome.path.path, "--odd-name");
}

TEST(CommandLine, RefusesTwoSpellingsOfOneValue) {
  EXPECT_EQ(usage_error({"--half_decay", "0.1", "--weight_decay", "0.2"}),
            "--half_decay and --weight_decay stand for one value; give only one of them");
}

TEST(CommandLine, AnswersEachMistakeWithOneClearLine) {
  const std::string unknown_schedule = "--schedule: unknown schedule ";
  const std::vector<std::pair<Arguments, std::string>> mistakes = {
      {{"--bacth_size", "64"}, "unknown option '--bacth_size'; did you mean '--batch_size'?"},
      {{"--bacth-size=64"}, "unknown option '--bacth-size'; did you mean '--batch_size'?"},
      {{"--zzzzzzzzzzz"}, "unknown option '--zzzzzzzzzzz'; --help shows all options"},
      {{"-zq", "1"}, "unknown option '-zq'; --help shows all options"},
      {{"wrok"}, "unknown command 'wrok'; did you mean 'work' or 'look'?"},
      {{"--quiet", "look"}, "--quiet look: must be true or false"},
      {{"work", "stray"}, "unexpected argument 'stray'"},
      {{"--batch_size", "4", "5"}, "unexpected argument '5'"},
      {{"--batch_size", "-3"}, "--batch_size -3: must be >= 1 (images per rank)"},
      {{"-b", "0"}, "--batch_size 0: must be >= 1 (images per rank)"},
      {{"-b", "1e3"}, "--batch_size 1e3: must be a whole number"},
      {{"-b", "0x10"}, "--batch_size 0x10: must be a whole number"},
      {{"-b", "64 "}, "--batch_size 64 : must be a whole number"},
      {{"-b", "+-4"}, "--batch_size +-4: must be a whole number"},
      {{"-b", "99999999999999999999"},
       "--batch_size 99999999999999999999: too large or too small for a number"},
      {{"-lr", "0"}, "--learning_rate 0: must be > 0"},
      {{"-lr", "fast"}, "--learning_rate fast: must be a number"},
      {{"-lr", "0.1x"}, "--learning_rate 0.1x: must be a number"},
      {{"-lr", "nan"}, "--learning_rate nan: must be a finite number"},
      {{"-lr", "inf"}, "--learning_rate inf: must be a finite number"},
      {{"--weight_decay", "nan"}, "--weight_decay nan: must be a finite number"},
      {{"--schedule", "cosin"}, unknown_schedule + "'cosin'; did you mean 'cosine'?"},
      {{"--schedule", "xxxxxxxx"},
       unknown_schedule + "'xxxxxxxx'; known are 'cosine' and 'piecewise_short'"},
      {{"--fp32", "maybe"}, "--fp32 maybe: must be true or false"},
      {{"-b", "1", "-b", "1"}, "--batch_size is given twice"},
      {{"-b", "1", "--batch-size=2"}, "--batch_size is given twice"},
      {{"--fp32", "-fp32"}, "--fp32 is given twice"},
      {{"--batch_size"}, "--batch_size: missing value"},
      {{"--batch_size", "--quiet"}, "--batch_size: missing value"},
      {{"-b", "-lr", "0.1"}, "--batch_size: missing value"},
      {{"--data_dir=", "/x"}, "--data_dir: missing value"},
      {{"--data_dir", ""}, "--data_dir: missing value"},
      {{}, "missing option: --data_dir; --help shows all options"},
      {{"look"}, "missing option: PATH; --help shows all options"},
      {{"look", "a", "b"}, "unexpected argument 'b'"},
      {{"look", "--", "a", "--b"}, "unexpected argument '--b'"}};
  for (const auto& [arguments, message] : mistakes) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    EXPECT_EQ(usage_error(arguments), message);
  }
}

}  // namespace
}  // namespace train_backbone::config
