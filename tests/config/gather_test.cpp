#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_command.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

// Values from a file, a preset and a job beside those of environment and command line.
namespace train_backbone::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ConfigSource : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    test::spill(folder_ / "c.toml", text);
    return (folder_ / "c.toml").string();
  }
  std::string refusal(const std::string& text) {
    return usage_error({"--data_dir", "/d", "--config", file(text)});
  }

  std::filesystem::path folder_ = test::scratch_folder();
};

TEST_F(ConfigSource, AFileWinsOverDefaultsAndLosesToEnvironmentAndCommandLine) {
  const std::string path = file("batch_size = 1\nlearning_rate = 2\nmax_steps = 3\nfp32 = true\n");
  const Outcome outcome =
      run_sample({"--config", path, "-b", "7"}, {"TRAIN_BACKBONE_LEARNING_RATE=8"});
  EXPECT_EQ(outcome.options.batch_size, 7);
  EXPECT_EQ(outcome.options.learning_rate, 8);
  EXPECT_EQ(outcome.options.max_steps, 3);
  EXPECT_TRUE(outcome.options.fp32);
  EXPECT_THAT(outcome.resolved.toml, AllOf(HasSubstr("max_steps = 3  # file\n"),
                                           HasSubstr("batch_size = 7  # command line\n"),
                                           HasSubstr("learning_rate = 8.0  # environment\n")));
}

TEST_F(ConfigSource, TheEnvironmentMayNameTheFile) {
  const Outcome outcome =
      run_sample({}, {"TRAIN_BACKBONE_CONFIG=" + file("schedule = \"Piecewise-Short\"")});
  EXPECT_EQ(outcome.options.schedule, "piecewise_short");
}

TEST_F(ConfigSource, WhatBelongsToOtherCommandsIsLeftAlone) {
  const std::string path = file("records = 9\n[look]\nquiet = true\n[work]\nbatch_size = 5\n");
  const Outcome outcome = run_sample({"--config", path});
  EXPECT_EQ(outcome.options.batch_size, 5);
  EXPECT_FALSE(outcome.options.quiet);
}

TEST_F(ConfigSource, MistakesNameFileLineAndTheNearestName) {
  EXPECT_THAT(refusal("\nbatch_siez = 5"),
              AllOf(HasSubstr("c.toml:2: unknown option 'batch_siez'"), HasSubstr("'batch_size'")));
  EXPECT_THAT(refusal("[work]\nrecords = 5"), HasSubstr("c.toml:2: unknown option 'records'"));
  EXPECT_THAT(refusal("[wrok]\nbatch_size = 5"),
              AllOf(HasSubstr("c.toml:2: unknown command"), HasSubstr("'work'")));
  EXPECT_THAT(refusal("batch_size = 0"), HasSubstr("c.toml:1: batch_size = 0: must be >= 1"));
  EXPECT_THAT(refusal("batch_size = \"many\""), HasSubstr("must be a whole number"));
  EXPECT_THAT(refusal("weight_decay = 1\nhalf_decay = 1"),
              HasSubstr("c.toml:2: half_decay and weight_decay stand for one value"));
  EXPECT_THAT(refusal("print_config = true"), HasSubstr("unknown option"));
}

// So a run can be repeated from its run.toml.
TEST_F(ConfigSource, WhatIsPrintedCanBeReadAgain) {
  const auto resolved = [](const Arguments& arguments) {
    Outcome outcome;
    run_program(sample_commands(outcome), arguments, {});
    return outcome.resolved;
  };
  const ResolvedConfig first = resolved({"--data_dir", "a \"b\"\\c", "-lr", "0.25", "--half_decay",
                                         "3", "--config", file("config = \"other.toml\"\n")});
  ResolvedConfig again = resolved({"--config", file(first.toml)});
  again.values["config"] = first.values.at("config");
  EXPECT_EQ(again.values, first.values);
}

// An option that always has a value, and one that stands for it.
TEST_F(ConfigSource, OfTwoOptionsForOneValueOnlyTheOneThatCountsIsReadAgain) {
  struct PairOptions : core::Options {
    int64_t batch_size = 8;
    std::optional<int64_t> global_batch_size;
    void visit_options(core::OptionVisitor& visitor) override {
      visitor.option(batch_size, {.name = "batch_size", .help = ""});
      visitor.option(global_batch_size,
                     {.name = "global_batch_size", .help = "", .instead_of = "batch_size"});
    }
  };
  PairOptions first;
  const OptionTable table({{"Pair", &first}});
  table.assign({{"global_batch_size", "64", Source::kCommandLine}});
  const std::string toml = table.resolved("x").toml;
  EXPECT_THAT(toml, HasSubstr("\n# another option stands for it: batch_size = 8  # default\n"));
  EXPECT_THAT(toml, HasSubstr("\nglobal_batch_size = 64  # command line\n"));
}

// A command with presets, and values of a job.
class PresetCommand : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "work"; }
  [[nodiscard]] std::string_view summary() const override { return "do the work"; }
  std::vector<OptionGroup> option_groups() override { return {{"Sample", &options}}; }
  [[nodiscard]] std::vector<Preset> presets() const override {
    return {{"usual", "as it is"}, {"other", "another rate"}};
  }
  [[nodiscard]] std::vector<Assignment> preset_values(std::string_view preset) const override {
    if (preset == "usual") return {};
    const std::string rate = options.batch_size > 100 ? "5" : "6";
    return {{"learning_rate", rate, Source::kPreset}, {"max_steps", "50", Source::kPreset}};
  }
  std::vector<Assignment> job_values() override { return job; }
  int run(const ResolvedConfig& config) override {
    resolved = config;
    return 0;
  }

  SampleOptions options;
  std::vector<Assignment> job;
  ResolvedConfig resolved;
};

class Presets : public testing::Test {
 protected:
  PresetCommand& run(const Arguments& arguments, std::vector<Assignment> job = {}) {
    auto command = std::make_unique<PresetCommand>();
    command->job = std::move(job);
    commands_.clear();
    commands_.push_back(std::move(command));
    Arguments line{"--data_dir=/d"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    run_program(commands_, line, {});
    return dynamic_cast<PresetCommand&>(*commands_.front());
  }

  CommandList commands_;
};

TEST_F(Presets, TheFirstIsMeantWithoutAWord) {
  EXPECT_EQ(run({}).options.learning_rate, 0.1);
  EXPECT_EQ(run({}).resolved.values.at("preset"), "usual");
}

TEST_F(Presets, ValuesDependOnOtherSourcesAndLoseToThem) {
  EXPECT_EQ(run({"--preset", "other"}).options.learning_rate, 5);
  const PresetCommand& small = run({"--preset", "other", "-b", "2", "--max_steps", "3"});
  EXPECT_EQ(small.options.learning_rate, 6);
  EXPECT_EQ(small.options.max_steps, 3);
  EXPECT_THAT(small.resolved.toml, HasSubstr("learning_rate = 6.0  # preset\n"));
}

TEST_F(Presets, AnUnknownOneIsRefused) {
  EXPECT_THAT(test::message_of<core::UsageError>([&] {
                run({"--preset", "ohter"});
              }),
              HasSubstr("'other'"));
}

TEST_F(Presets, AJobsHyperparametersWinOverThePresetAndItsFoldersOverDefaultsOnly) {
  const PresetCommand& command =
      run({"--max_steps", "9"}, {{"schedule", "piecewise_short", Source::kJob},
                                 {"preset", "other", Source::kHyperparameters},
                                 {"lr", "7", Source::kHyperparameters},
                                 {"max_steps", "8", Source::kHyperparameters}});
  EXPECT_EQ(command.options.learning_rate, 7);
  EXPECT_EQ(command.options.max_steps, 9);
  EXPECT_THAT(command.resolved.toml, AllOf(HasSubstr("learning_rate = 7.0  # hyperparameters\n"),
                                           HasSubstr("schedule = \"piecewise_short\"  # job\n")));
}

TEST_F(Presets, AnUnknownHyperparameterIsNamed) {
  EXPECT_THAT(test::message_of<core::UsageError>([&] {
                run({}, {{"batch_sise", "1", Source::kHyperparameters}});
              }),
              AllOf(HasSubstr("unknown hyperparameter 'batch_sise'"), HasSubstr("'batch_size'")));
  EXPECT_THAT(test::message_of<core::UsageError>([&] {
                run({}, {{"batch_size", "x", Source::kHyperparameters}});
              }),
              HasSubstr("hyperparameter batch_size = x: must be a whole number"));
}

}  // namespace
}  // namespace train_backbone::config
