// The command line of the original (train_backbone.py) with its spellings and defaults.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "train_backbone/config/program.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/options.h"
#include "train_backbone/models/options.h"
#include "train_backbone/ops/options.h"
#include "train_backbone/optim/options.h"
#include "train_backbone/train/options.h"

namespace train_backbone::config {
namespace {

// The options of the real train command, which needs LibTorch, around nothing to run.
struct Settings {
  data::DataOptions data;
  models::ModelOptions model;
  optim::OptimOptions optim;
  train::TrainOptions train;
  ops::DeviceOptions device;
};

class OptionsOnly : public Command {
 public:
  explicit OptionsOnly(Settings& settings) : settings_(settings) {}
  [[nodiscard]] std::string_view name() const override { return "train"; }
  [[nodiscard]] std::string_view summary() const override { return "options of train"; }
  std::vector<OptionGroup> option_groups() override {
    return {{"Data", &settings_.data},
            {"Model", &settings_.model},
            {"Optimizer", &settings_.optim},
            {"Run", &settings_.train},
            {"Device", &settings_.device}};
  }
  int run(const ResolvedConfig& /*resolved*/) override { return 0; }

 private:
  Settings& settings_;
};

const Arguments kFewest = {"--train_data_dir", "/t",          "--validation_data_dir", "/v",
                           "--model",          "resnet50v1_b"};

Settings parse(const Arguments& more, const Arguments& first = kFewest) {
  Arguments arguments = first;
  for (const std::string& argument : more) arguments.push_back(argument);
  Settings settings;
  CommandList commands;
  commands.push_back(std::make_unique<OptionsOnly>(settings));
  run_program(commands, arguments, {});
  return settings;
}

TEST(OriginalFlags, HaveTheOriginalsDefaults) {
  const Settings settings = parse({});
  EXPECT_EQ(settings.data.train_data_dir, "/t");
  EXPECT_EQ(settings.data.validation_data_dir, "/v");
  EXPECT_EQ(settings.model.num_classes, 1000);
  EXPECT_EQ(settings.train.model_dir, "checkpoints");
  EXPECT_EQ(settings.train.batch_size, 128);
  EXPECT_EQ(settings.optim.num_epochs, 120);
  EXPECT_EQ(settings.optim.schedule, "cosine");
  EXPECT_EQ(settings.optim.learning_rate, 0.1);
  EXPECT_EQ(settings.optim.momentum, 0.9);
  EXPECT_EQ(settings.train.label_smoothing, 0.1);
  EXPECT_EQ(settings.train.mixup_alpha, 0.2);
  EXPECT_EQ(settings.optim.torch_weight_decay(), 2 * 1e-4);  // Keras' lambda is half of torch's
  EXPECT_FALSE(settings.device.fp32);
  EXPECT_FALSE(settings.device.xla_off);
  EXPECT_EQ(settings.train.fine_tune, "");
  EXPECT_EQ(settings.train.resume_from, "");
}

TEST(OriginalFlags, ParseInEachOfTheirSpellings) {
  using Check = std::function<bool(const Settings&)>;
  const std::vector<std::pair<Arguments, Check>> lines = {
      {{"--num_classes", "10"}, [](const Settings& s) { return s.model.num_classes == 10; }},
      {{"--train_dataset_size", "1281167"},
       [](const Settings& s) { return s.data.train_dataset_size == 1281167; }},
      {{"--model_dir", "/m"}, [](const Settings& s) { return s.train.model_dir == "/m"; }},
      {{"-b", "64"}, [](const Settings& s) { return s.train.batch_size == 64; }},
      {{"--batch_size", "64"}, [](const Settings& s) { return s.train.batch_size == 64; }},
      {{"--num_epochs", "50"}, [](const Settings& s) { return s.optim.num_epochs == 50; }},
      {{"--schedule", "piecewise_short"},
       [](const Settings& s) { return s.optim.schedule == "piecewise_short"; }},
      {{"--schedule", "piecewise_long"},
       [](const Settings& s) { return s.optim.schedule == "piecewise_long"; }},
      {{"-lr", "0.4"}, [](const Settings& s) { return s.optim.learning_rate == 0.4; }},
      {{"--learning_rate", "0.4"}, [](const Settings& s) { return s.optim.learning_rate == 0.4; }},
      {{"--momentum", "0.8"}, [](const Settings& s) { return s.optim.momentum == 0.8; }},
      {{"--label_smoothing", "0"}, [](const Settings& s) { return s.train.label_smoothing == 0; }},
      {{"--mixup_alpha", "0"}, [](const Settings& s) { return s.train.mixup_alpha == 0; }},
      {{"--l2_weight_decay", "5e-5"},
       [](const Settings& s) { return s.optim.l2_weight_decay == 5e-5; }},
      {{"-fp32"}, [](const Settings& s) { return s.device.fp32; }},
      {{"--fp32", "True"}, [](const Settings& s) { return s.device.fp32; }},
      {{"-xla_off"}, [](const Settings& s) { return s.device.xla_off; }},
      {{"--xla_off"}, [](const Settings& s) { return s.device.xla_off; }},
      {{"--fine_tune", "/w"}, [](const Settings& s) { return s.train.fine_tune == "/w"; }},
      {{"--resume_from", "/r"}, [](const Settings& s) { return s.train.resume_from == "/r"; }}};
  for (const auto& [arguments, holds] : lines) {
    EXPECT_TRUE(holds(parse(arguments))) << testing::PrintToString(arguments);
  }
}

TEST(OriginalFlags, TakeTheDocumentedLine) {
  const Settings settings = parse({}, {"--train_data_dir", "D", "--validation_data_dir", "D", "-b",
                                       "128", "--model", "hrnet_w32c", "--schedule", "cosine"});
  EXPECT_EQ(settings.train.batch_size, 128);
  EXPECT_EQ(settings.model.model, "hrnet_w32c");
}

// There it was a flag without effect.
TEST(OriginalFlags, FineTuneSaysThatItTakesAFile) {
  for (const Arguments& more : {Arguments{"--fine_tune"}, {"--fine_tune", "-fp32"}}) {
    try {
      parse(more);
      FAIL() << "accepted";
    } catch (const core::UsageError& error) {
      EXPECT_STREQ(error.what(), "--fine_tune: missing value; it takes FILE.safetensors");
    }
  }
}

}  // namespace
}  // namespace train_backbone::config
