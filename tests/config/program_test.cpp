#include "train_backbone/config/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "sample_command.h"
#include "train_backbone/core/version.h"

namespace train_backbone::config {
namespace {

using testing::HasSubstr;
using testing::Not;

// What the line writes to standard output; nothing may have been run.
std::string answer(const Arguments& arguments, const std::vector<std::string>& environment = {}) {
  Outcome outcome;
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_program(sample_commands(outcome), arguments, environment), 0);
  EXPECT_EQ(outcome.ran, "");
  return testing::internal::GetCapturedStdout();
}

TEST(Program, RunsTheFirstCommandWithoutAWord) {
  EXPECT_EQ(run_sample({}).ran, "work");
  Outcome outcome;
  run_program(sample_commands(outcome), {"work", "--data_dir", "/d"}, {});
  EXPECT_EQ(outcome.ran, "work");
}

TEST(Program, ShowsItsVersion) {
  const std::string expected = "train_backbone " + std::string(core::program_version()) + "\n";
  EXPECT_EQ(answer({"--version"}), expected);
  EXPECT_EQ(answer({"work", "--batch_size", "junk", "--version"}), expected);
}

TEST(Program, HelpListsCommandsAndExitCodes) {
  const std::string help = answer({"--help"});
  EXPECT_THAT(help, HasSubstr("  work       do the work\n"));
  EXPECT_THAT(help, HasSubstr("  look       look at a file\n"));
  EXPECT_THAT(help, HasSubstr("128+n"));
}

TEST(Program, HelpOfACommandHasEveryFactOfTheDeclarations) {
  const std::string help = answer({"work", "--junk", "-h"});
  EXPECT_THAT(help, HasSubstr("Usage: train_backbone [work] --data_dir TEXT [OPTIONS]\n"));
  EXPECT_THAT(help, HasSubstr("\nSample\n"));
  EXPECT_THAT(help,
              HasSubstr("--data_dir TEXT                     folder of the data [required]\n"));
  EXPECT_THAT(help, HasSubstr("  -b, --batch_size INTEGER            pictures per step [images per "
                              "rank; >= 1; default 128]\n"));
  EXPECT_THAT(help, HasSubstr("-lr, --learning_rate NUMBER "));
  EXPECT_THAT(help, HasSubstr("[one of cosine, piecewise_short;\n"));
  EXPECT_THAT(help, HasSubstr("  -fp32, --fp32                       single precision\n"));
  EXPECT_THAT(help, HasSubstr("stop early\n"));
  EXPECT_THAT(help, HasSubstr("--print_config"));
  EXPECT_THAT(answer({"look", "--help"}), HasSubstr("Usage: train_backbone look PATH [OPTIONS]\n"));
}

TEST(Program, HelpKeepsWithinTheLineWidth) {
  struct LongOptions : core::Options {
    std::string long_choice = "first_of_the_choices";
    void visit_options(core::OptionVisitor& visitor) override {
      visitor.option(long_choice,
                     {.name = "an_option_with_a_rather_long_name",
                      .help = "a help text of so many words that it cannot stand on a single line "
                              "of a terminal and has to be continued",
                      .choices = {"first_of_the_choices", "second_of_the_choices"}});
    }
  };
  struct LongCommand : Command {
    LongOptions options;
    [[nodiscard]] std::string_view name() const override { return "long"; }
    [[nodiscard]] std::string_view summary() const override { return "long"; }
    std::vector<OptionGroup> option_groups() override { return {{"Long", &options}}; }
    int run(const ResolvedConfig& /*resolved*/) override { return 0; }
  };
  CommandList commands;
  commands.push_back(std::make_unique<LongCommand>());
  testing::internal::CaptureStdout();
  run_program(commands, {"long", "--help"}, {});
  std::istringstream help(testing::internal::GetCapturedStdout());
  size_t longest = 0;
  for (std::string line; std::getline(help, line);) longest = std::max(longest, line.size());
  EXPECT_LE(longest, 100U);
  EXPECT_GT(longest, 80U);
}

TEST(Program, PrintConfigShowsEveryValueWithItsOriginAsToml) {
  const std::string text =
      answer({"--batch_size", "64", "-lr", "2", "--data_dir", "a \"b\"\\c\nd", "--print_config"},
             {"TRAIN_BACKBONE_FP32=1"});
  EXPECT_THAT(text, HasSubstr("\ndata_dir = \"a \\\"b\\\"\\\\c\\u000ad\"  # command line\n"));
  EXPECT_THAT(text, HasSubstr("\nbatch_size = 64  # command line\n"));
  EXPECT_THAT(text, HasSubstr("\nlearning_rate = 2.0  # command line\n"));
  EXPECT_THAT(text, HasSubstr("\nschedule = \"cosine\"  # default\n"));
  EXPECT_THAT(text, HasSubstr("\nfp32 = true  # environment\n"));
  EXPECT_THAT(text, HasSubstr("\n# max_steps: not set\n"));
  EXPECT_THAT(text, Not(HasSubstr("print_config")));
}

TEST(Program, PrintConfigNeedsNoRequiredOption) {
  EXPECT_THAT(answer({"--print_config"}), HasSubstr("\n# data_dir: not set\n"));
}

TEST(Program, HandsTheResolvedValuesToTheCommand) {
  const Outcome outcome = run_sample({"-b", "3", "--weight_decay=1e-5"});
  EXPECT_EQ(outcome.resolved.values.at("batch_size"), "3");
  EXPECT_EQ(outcome.resolved.values.at("weight_decay"), "1e-05");
  EXPECT_EQ(outcome.resolved.values.at("fp32"), "false");
  EXPECT_EQ(outcome.resolved.values.at("max_steps"), "");
  EXPECT_EQ(outcome.resolved.values.count("help"), 0U);
}

TEST(OptionTable, RefusesTwoOptionsOfOneName) {
  SampleOptions first;
  SampleOptions second;
  EXPECT_THROW(OptionTable({{"First", &first}, {"Second", &second}}), std::logic_error);
}

TEST(Setting, KeepsTheValueOfTheHigherSource) {
  int64_t value = 1;
  Setting setting(&value, {.name = "value", .help = ""});
  setting.assign("3", Source::kCommandLine);
  setting.assign("2", Source::kEnvironment);
  EXPECT_EQ(value, 3);
  EXPECT_EQ(setting.source(), Source::kCommandLine);
}

}  // namespace
}  // namespace train_backbone::config
