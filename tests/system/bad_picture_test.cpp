#include <gtest/gtest.h>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

const std::filesystem::path kPictures = std::filesystem::path(TB_GOLDEN_DIR) / "pictures";

// Two classes with one picture each that is fine, plus `extra` in the second.
std::filesystem::path class_folders(const std::filesystem::path& scratch,
                                    const std::vector<std::string>& extra) {
  const auto root = scratch / "pictures";
  for (const std::string name : {"n01440764", "n01443537"}) {
    std::filesystem::create_directories(root / name);
    std::filesystem::copy_file(kPictures / "plain.JPEG", root / name / (name + "_1.JPEG"));
  }
  for (const std::string& name : extra) {
    std::filesystem::copy_file(kPictures / name, root / "n01443537" / name);
  }
  return root;
}

ProgramResult prepare(const std::filesystem::path& scratch, const std::filesystem::path& input,
                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"prepare", "--input", input.string(), "--output",
                                     (scratch / "shards").string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(arguments, scratch / "log");
}

class GoodPicture : public ::testing::TestWithParam<std::string> {};

TEST_P(GoodPicture, IsPreparedAndTrained) {
  const Scratch scratch;
  const auto root = class_folders(scratch.path(), {GetParam()});
  const ProgramResult result = prepare(scratch.path(), root, {"--verify_images"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.last_line().find("\"images\":3"), std::string::npos) << result.last_line();
  const std::string shards = (scratch.path() / "shards").string();
  const ProgramResult train = run_program(
      {"--train_data_dir", shards, "--validation_data_dir", shards, "--model", "resnet18v1_b",
       "--num_classes", "2", "--train_image_size", "16", "--batch_size", "3", "--num_epochs", "1",
       "--warmup_epochs", "0", "--model_dir", (scratch.path() / "run").string()},
      scratch.path() / "log");
  EXPECT_EQ(train.exit_code, 0) << train.errors;
}

INSTANTIATE_TEST_SUITE_P(Kinds, GoodPicture,
                         ::testing::Values("png_named.JPEG", "cmyk.JPEG", "one_pixel.JPEG"),
                         [](const auto& parameter) {
                           return parameter.param.substr(0, parameter.param.find('.'));
                         });

TEST(BadPicture, ATextFileNamedJpegFailsByDefaultAndWritesNoShard) {
  const Scratch scratch;
  const ProgramResult result =
      prepare(scratch.path(), class_folders(scratch.path(), {"text.JPEG"}));
  EXPECT_EQ(result.exit_code, 3) << result.errors;
  EXPECT_NE(result.errors.find("text.JPEG"), std::string::npos) << result.errors;
  for (const std::string& name : files_below(scratch.path() / "shards")) {
    EXPECT_FALSE(name.starts_with("train-")) << name;
  }
}

TEST(BadPicture, SkipLeavesItOutAndNamesIt) {
  const Scratch scratch;
  const ProgramResult result = prepare(scratch.path(), class_folders(scratch.path(), {"text.JPEG"}),
                                       {"--on_bad_image", "skip"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.errors.find("text.JPEG"), std::string::npos) << result.errors;
  EXPECT_NE(result.last_line().find("\"images\":2"), std::string::npos) << result.last_line();
  EXPECT_NE(result.last_line().find("\"skipped\":1"), std::string::npos) << result.last_line();
}

TEST(BadPicture, MissingAndEmptyInputAreNamed) {
  const Scratch scratch;
  const ProgramResult missing = prepare(scratch.path(), scratch.path() / "nowhere");
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_NE(missing.errors.find("nowhere"), std::string::npos) << missing.errors;
  std::filesystem::create_directories(scratch.path() / "empty");
  const ProgramResult empty = prepare(scratch.path(), scratch.path() / "empty");
  EXPECT_EQ(empty.exit_code, 3);
  EXPECT_NE(empty.errors.find("empty"), std::string::npos) << empty.errors;
}

}  // namespace
}  // namespace train_backbone::test
