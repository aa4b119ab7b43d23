#include <gtest/gtest.h>

#include <functional>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

// Every way a user can get the input wrong, as a table: what is done, the exit code that README
// documents, and what the one line on standard error must name.
namespace train_backbone::test {
namespace {

constexpr int kUsage = 2;
constexpr int kData = 3;
constexpr int kDevice = 4;

struct Situation {
  std::filesystem::path folder;
  TinyData data;
  std::filesystem::path model_dir;
};

struct BadInput {
  std::string name;
  int exit_code;
  std::vector<std::string> named;  // texts that the message must hold
  // Prepares the damage and returns the arguments to start with.
  std::function<std::vector<std::string>(Situation&)> arrange;
  bool run_may_begin = false;  // found only while training: the run's folder then exists
  ProgramSettings settings = {};
};

std::vector<std::string> with(Situation& s, const std::vector<std::string>& options) {
  return s.data.train_arguments(s.model_dir, options);
}

std::filesystem::path make_folder(const Situation& s, const std::string& name) {
  const auto folder = s.folder / name;
  std::filesystem::create_directories(folder);
  return folder;
}

void finish_short_run(Situation& s) {
  const ProgramResult run = run_program(with(s, {"--max_steps", "2"}), s.folder);
  ASSERT_EQ(run.exit_code, 0) << run.errors;
}

std::filesystem::path only_checkpoint(const Situation& s) {
  return s.model_dir / "checkpoints/step-00000002";
}

void flip_byte(const std::filesystem::path& path, size_t position) {
  std::string bytes = file_bytes(path);
  bytes.at(position) = static_cast<char>(bytes[position] ^ 0x10);
  write_bytes(path, bytes);
}

std::vector<std::string> replace(std::vector<std::string> arguments, const std::string& option,
                                 const std::string& value) {
  for (size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == option) arguments[i + 1] = value;
  }
  return arguments;
}

std::vector<BadInput> usage_cases() {
  const auto option = [](const std::string& name, const std::string& value) {
    return [=](Situation& s) { return with(s, {name, value}); };
  };
  return {
      {"MisspeltOption", kUsage, {"--bacth_size", "--batch_size"}, option("--bacth_size", "8")},
      {"MisspeltModel",
       kUsage,
       {"resnet05v1_b", "resnet50v1_b"},
       [](Situation& s) { return replace(with(s, {}), "--model", "resnet05v1_b"); }},
      {"MisspeltSchedule", kUsage, {"cosin", "cosine"}, option("--schedule", "cosin")},
      {"UnknownCommand",
       kUsage,
       {"trian", "train"},
       [](Situation&) { return std::vector<std::string>{"trian"}; }},
      {"BatchLargerThanTheData",
       kUsage,
       {"--batch_size", "101", "100"},
       option("--batch_size", "101")},
      {"ZeroBatch", kUsage, {"--batch_size", "0"}, option("--batch_size", "0")},
      {"NegativeEpochs", kUsage, {"--num_epochs", "-1"}, option("--num_epochs", "-1")},
      {"NegativeLearningRate",
       kUsage,
       {"--learning_rate", "-0.1"},
       option("--learning_rate", "-0.1")},
      {"ZeroClasses", kUsage, {"--num_classes", "0"}, option("--num_classes", "0")},
      {"NotANumber", kUsage, {"--momentum", "much"}, option("--momentum", "much")},
      {"BothDecays",
       kUsage,
       {"--weight_decay", "--l2_weight_decay"},
       [](Situation& s) {
         return with(s, {"--weight_decay", "1e-4", "--l2_weight_decay", "1e-4"});
       }},
      {"FineTune", kUsage, {"--fine_tune"}, [](Situation& s) { return with(s, {"--fine_tune"}); }},
      {"NoDataFolder",
       kUsage,
       {"--train_data_dir"},
       [](Situation&) {
         return std::vector<std::string>{"--model", "resnet18v1_b"};
       }},
  };
}

std::vector<BadInput> data_cases() {
  return {
      {"MissingFolder",
       kData,
       {"nowhere"},
       [](Situation& s) { return replace(with(s, {}), "--train_data_dir", s.folder / "nowhere"); }},
      {"EmptyFolder",
       kData,
       {"empty"},
       [](Situation& s) {
         return replace(with(s, {}), "--train_data_dir", make_folder(s, "empty"));
       }},
      {"NoShardMatches",
       kData,
       {"pictures", "train-"},
       [](Situation& s) {
         const auto folder = make_folder(s, "pictures");
         write_bytes(folder / "cat.jpg", "meow");
         return replace(with(s, {}), "--train_data_dir", folder);
       }},
      {"MissingValidationFolder",
       kData,
       {"nowhere"},
       [](Situation& s) {
         return replace(with(s, {}), "--validation_data_dir", s.folder / "nowhere");
       }},
      {"TruncatedShard",
       kData,
       {"train-00000-of-00001", "at byte", "truncated"},
       [](Situation& s) {
         const auto shard = s.data.training_shard();
         std::filesystem::resize_file(shard, std::filesystem::file_size(shard) - 5);
         return with(s, {});
       }},
      {"FlippedByteInAShard",
       kData,
       {"train-00000-of-00001", "at byte", "corrupt"},
       [](Situation& s) {
         flip_byte(s.data.training_shard(), 300);
         return with(s, {});
       },
       true},
      {"FlippedLengthInAShard",
       kData,
       {"train-00000-of-00001", "at byte 0", "corrupt"},
       [](Situation& s) {
         flip_byte(s.data.training_shard(), 3);
         return with(s, {});
       }},
      {"LabelOutOfRange",
       kData,
       {"train-00000-of-00001", "at byte", "label", "--num_classes"},
       [](Situation& s) {
         return with(s, {"--num_classes", "5"});
       },
       true},
      {"LabelOffsetDoesNotFit",
       kData,
       {"label", "--label_offset"},
       [](Situation& s) {
         return with(s, {"--label_offset", "0"});
       },
       true},
  };
}

std::vector<BadInput> run_folder_cases() {
  return {
      {"UnwritableModelFolder",
       kUsage,
       {"--model_dir", "a_file"},
       [](Situation& s) {
         write_bytes(s.folder / "a_file", "not a folder");
         return replace(with(s, {}), "--model_dir", s.folder / "a_file" / "run");
       }},
      {"ModelFolderHoldsARun",
       kUsage,
       {"--resume_from", "--overwrite"},
       [](Situation& s) {
         finish_short_run(s);
         return with(s, {});
       },
       true},
      {"WrongNumClassesForACheckpoint",
       kUsage,
       {"num_classes", "10", "12"},
       [](Situation& s) {
         finish_short_run(s);
         return with(s, {"--num_classes", "12", "--resume_from", "auto"});
       },
       true},
      {"CheckpointWithOneByteChanged",
       kData,
       {"step-00000002", "model.safetensors"},
       [](Situation& s) {
         finish_short_run(s);
         flip_byte(only_checkpoint(s) / "model.safetensors", 1 << 20);
         return with(s, {"--resume_from", only_checkpoint(s)});
       },
       true},
      {"CheckpointOlderThanItsRunsNewest",
       kUsage,
       {"step-00000002", "not the newest", "step-00000003", "--model_dir"},
       [](Situation& s) {
         const std::vector<std::string> options{"--checkpoint_every_steps", "2", "--max_steps",
                                                "3"};
         const ProgramResult run = run_program(with(s, options), s.folder);
         EXPECT_EQ(run.exit_code, 0) << run.errors;
         return with(s, {"--max_steps", "4", "--resume_from", only_checkpoint(s)});
       },
       true},
      {"CheckpointThatIsNone",
       kData,
       {"nowhere"},
       [](Situation& s) {
         return with(s, {"--resume_from", s.folder / "nowhere"});
       }},
      {"DiskFullWhileSaving",
       kDevice,
       {"last.safetensors", "cannot write", "space"},
       [](Situation& s) {
         return with(s, {"--max_steps", "2"});
       },
       true,
       {.environment = {}, .file_size_limit = 1 << 20}},
  };
}

class BadInputTest : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsNamedInOneLineAndLeavesNothingHalfWritten) {
  const BadInput& bad = GetParam();
  const Scratch scratch;
  Situation situation{scratch.path(), TinyData(scratch.path() / "data"), scratch.path() / "run"};
  const std::vector<std::string> arguments = bad.arrange(situation);
  const std::vector<std::string> before = files_below(situation.model_dir);
  const ProgramResult result = run_program(arguments, scratch.path() / "log", bad.settings);

  EXPECT_EQ(result.exit_code, bad.exit_code) << result.errors << result.output;
  const size_t at = result.errors.find("error: ");
  ASSERT_NE(at, std::string::npos) << result.errors;
  const std::string message = result.errors.substr(at);
  EXPECT_EQ(message.find('\n'), message.size() - 1) << "more than one line: " << message;
  for (const std::string& text : bad.named) {
    EXPECT_NE(message.find(text), std::string::npos) << "'" << text << "' is not in: " << message;
  }
  const std::vector<std::string> after = files_below(situation.model_dir);
  if (!bad.run_may_begin) {
    EXPECT_EQ(before, after);
  }
  for (const std::string& name : after) {
    EXPECT_EQ(name.find(".tmp"), std::string::npos) << name << " was left behind";
  }
}

std::vector<BadInput> all_cases() {
  std::vector<BadInput> cases = usage_cases();
  for (auto& more : {data_cases(), run_folder_cases()})
    cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Table, BadInputTest, ::testing::ValuesIn(all_cases()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(DamagedCheckpoint, AutoTakesTheOneBeforeAndSaysSo) {
  const Scratch scratch;
  Situation s{scratch.path(), TinyData(scratch.path() / "data"), scratch.path() / "run"};
  const std::vector<std::string> options{"--max_steps", "4", "--checkpoint_every_steps", "2"};
  ASSERT_EQ(run_program(with(s, options), scratch.path()).exit_code, 0);
  const std::string weights = file_bytes(s.model_dir / "weights/last.safetensors");
  flip_byte(s.model_dir / "checkpoints/step-00000004/optimizer.safetensors", 1 << 20);
  std::vector<std::string> resume = options;
  resume.insert(resume.end(), {"--resume_from", "auto"});
  const ProgramResult result = run_program(with(s, resume), scratch.path());
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.errors.find("step-00000004"), std::string::npos) << result.errors;
  EXPECT_EQ(file_bytes(s.model_dir / "weights/last.safetensors"), weights);
}

}  // namespace
}  // namespace train_backbone::test
