#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

// Two classes of four pictures each, one folder of class folders as people have them.
std::filesystem::path class_folders(const std::filesystem::path& scratch) {
  const auto picture = std::filesystem::path(TB_GOLDEN_DIR) / "pictures" / "plain.JPEG";
  for (const std::string name : {"cat", "dog"}) {
    std::filesystem::create_directories(scratch / "pictures" / name);
    for (const std::string number : {"1", "2", "3", "4"}) {
      std::filesystem::copy_file(picture, scratch / "pictures" / name / (number + ".JPEG"));
    }
  }
  return scratch / "pictures";
}

// The two lines of README.md, section 1.
TEST(ValidationShare, OneFolderOfClassFoldersIsPreparedAndTrainedOn) {
  const Scratch scratch;
  const std::string shards = (scratch.path() / "shards").string();
  const std::vector<std::string> prepare{"prepare",  "--input", class_folders(scratch.path()),
                                         "--output", shards,    "--validation_share"};
  const auto with_share = [&](const std::string& share) {
    std::vector<std::string> arguments = prepare;
    arguments.push_back(share);
    return run_program(arguments, scratch.path() / "log");
  };
  const ProgramResult made = with_share("0.25");
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  const nlohmann::json line = nlohmann::json::parse(made.last_line());
  EXPECT_EQ(line.at("images"), 8);
  EXPECT_EQ(line.at("validation_images"), 2);
  EXPECT_NE(made.output.find("2 for validation"), std::string::npos) << made.output;

  const std::vector<std::string> files = files_below(shards);
  const ProgramResult other = with_share("0.5");
  EXPECT_EQ(other.exit_code, 2) << other.errors;
  EXPECT_EQ(files_below(shards), files);
  for (const std::string share : {"0", "1", "1.5", "-0.1", "nan"}) {
    EXPECT_EQ(with_share(share).exit_code, 2) << share;
  }

  const ProgramResult train = run_program(
      {"--train_data_dir", shards, "--validation_data_dir", shards, "--model", "resnet18v1_b",
       "--num_classes", "2", "--train_image_size", "16", "--batch_size", "3", "--num_epochs", "1",
       "--warmup_epochs", "0", "--model_dir", (scratch.path() / "run").string()},
      scratch.path() / "log");
  EXPECT_EQ(train.exit_code, 0) << train.errors;
}

}  // namespace
}  // namespace train_backbone::test
