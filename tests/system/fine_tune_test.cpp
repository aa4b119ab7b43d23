#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/program.h"
#include "tests/system/tiny_data.h"

namespace train_backbone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Name -> bytes of every tensor of a safetensors file.
std::map<std::string, std::string> tensors_of(const std::filesystem::path& path) {
  const std::string bytes = file_bytes(path);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const size_t data = sizeof length + length;
  std::map<std::string, std::string> tensors;
  const nlohmann::json header = nlohmann::json::parse(bytes.substr(sizeof length, length));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const size_t begin = entry["data_offsets"][0];
    const size_t end = entry["data_offsets"][1];
    tensors[name] = bytes.substr(data + begin, end - begin);
  }
  return tensors;
}

// What follows `begin` in the line that holds it; "" without such a line.
std::string rest_of_line(const std::string& text, const std::string& begin) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find(begin);
    if (at != std::string::npos) return line.substr(at + begin.size());
  }
  return "";
}

// A short run on ten classes, whose weights the tests begin with.
class FineTune : public ::testing::Test {
 protected:
  void SetUp() override {
    const ProgramResult first = run_program(
        data_.train_arguments(scratch_.path() / "first", {"--max_steps", "5"}), scratch_.path());
    ASSERT_EQ(first.exit_code, 0) << first.errors;
  }

  // Trains from the weights into `folder`.
  ProgramResult tune(const std::string& folder, std::vector<std::string> options,
                     const std::string& weights = "") {
    options.insert(options.end(), {"--fine_tune", weights.empty() ? weights_.string() : weights});
    return run_program(data_.train_arguments(scratch_.path() / folder, options), scratch_.path());
  }
  [[nodiscard]] std::filesystem::path last(const std::string& folder) const {
    return scratch_.path() / folder / "weights/last.safetensors";
  }

  Scratch scratch_;
  TinyData data_{scratch_.path() / "data"};
  std::filesystem::path weights_ = last("first");
};

TEST_F(FineTune, OtherClassesMakeANewClassifierAndTheListsAreExact) {
  const ProgramResult result =
      tune("second", {"--num_classes", "12", "--max_steps", "3", "--strict"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("names of timm (ours and torchvision's are the same)"));
  EXPECT_THAT(result.errors, HasSubstr("the classifier fc is new: 10 classes there, 12 here"));
  EXPECT_EQ(rest_of_line(result.errors, "keys of the file not used "), "2: fc.bias, fc.weight");
  EXPECT_EQ(rest_of_line(result.errors, "tensors of the model not in the file or new "),
            "2: fc.bias, fc.weight");
  EXPECT_EQ(tensors_of(last("second")).at("fc.bias").size(), 12 * sizeof(float));
}

TEST_F(FineTune, FrozenPartsKeepTheirBytesAndResumingIsExact) {
  const std::vector<std::string> options{"--freeze",
                                         "stem, layer1",
                                         "--head_learning_rate_factor",
                                         "5",
                                         "--num_epochs",
                                         "1",
                                         "--warmup_epochs",
                                         "0"};
  ASSERT_EQ(tune("whole", options).exit_code, 0);
  const auto before = tensors_of(weights_);
  const auto after = tensors_of(last("whole"));
  ASSERT_EQ(before.size(), after.size());
  for (const auto& [name, bytes] : before) {
    const bool frozen =
        name.starts_with("conv1.") || name.starts_with("bn1.") || name.starts_with("layer1.");
    EXPECT_TRUE(!frozen || bytes == after.at(name)) << name;
  }
  for (const char* name : {"layer2.0.conv1.weight", "layer2.0.bn1.running_mean", "fc.weight"}) {
    EXPECT_NE(before.at(name), after.at(name)) << name;
  }
  std::vector<std::string> part = options;
  part.insert(part.end(), {"--max_steps", "11", "--resume_from", "auto"});
  ASSERT_EQ(tune("part", part).exit_code, 0);
  std::vector<std::string> rest = options;
  rest.insert(rest.end(), {"--resume_from", "auto"});
  const ProgramResult resumed = tune("part", rest);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("going on from"));
  EXPECT_THAT(resumed.errors, Not(HasSubstr("names of timm")));
  EXPECT_EQ(file_bytes(last("part")), file_bytes(last("whole")));

  rest[1] = "stem";
  const ProgramResult other = tune("part", rest);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.errors, HasSubstr("--freeze is layer1,stem there and stem now"));
}

TEST_F(FineTune, WhatDoesNotFitIsNamedAndLeavesNoRun) {
  const auto broken = scratch_.path() / "broken.safetensors";
  const std::string bytes = file_bytes(weights_);
  const auto expect_refused = [&](const std::vector<std::string>& options, int exit_code,
                                  const std::vector<std::string>& named,
                                  const std::string& weights = "") {
    const ProgramResult result = tune("refused", options, weights);
    EXPECT_EQ(result.exit_code, exit_code) << result.errors;
    for (const std::string& text : named) EXPECT_THAT(result.errors, HasSubstr(text));
    EXPECT_TRUE(files_below(scratch_.path() / "refused").empty());
  };
  write_bytes(broken, bytes.substr(0, bytes.size() / 2));
  expect_refused({}, 3, {"broken.safetensors"}, broken);
  write_bytes(broken, std::string("PK\x03\x04\0\0\x08\x08\0\0\0\0", 12));
  expect_refused({}, 3, {"broken.safetensors", "safetensors.torch.save_file"}, broken);
  expect_refused({}, 3, {"nowhere.safetensors"}, scratch_.path() / "nowhere.safetensors");
  expect_refused({}, 2, {"--fine_tune true", "FILE.safetensors"}, "true");
  expect_refused({"--compat", "aws"}, 2, {"padding 'torch'", "leave out --compat aws"});
  expect_refused({"--freeze", "layer7"}, 2, {"'layer7'", "stem, layer1"});
}

TEST_F(FineTune, KeysThatAreLeftOverAreWarnedOfOrRefused) {
  // One key renamed, and every trace of our checksums, at the same length: a foreign file.
  std::string bytes = file_bytes(weights_);
  const size_t key = bytes.find("\"layer4.1.bn2.bias\"");
  ASSERT_NE(key, std::string::npos);
  bytes[key + std::string("\"layer4.1.bn2.bia").size()] = 'X';
  for (size_t at = bytes.find("crc32c"); at != std::string::npos; at = bytes.find("crc32c", at)) {
    bytes.replace(at, 6, "xxxxxx");
  }
  const auto foreign = scratch_.path() / "foreign.safetensors";
  write_bytes(foreign, bytes);
  const ProgramResult loose = tune("loose", {"--max_steps", "1", "--quiet"}, foreign);
  ASSERT_EQ(loose.exit_code, 0) << loose.errors;
  EXPECT_EQ(rest_of_line(loose.errors, "keys of the file not used "), "1: layer4.1.bn2.biaX");
  EXPECT_EQ(rest_of_line(loose.errors, "tensors of the model not in the file or new "),
            "1: layer4.1.bn2.bias");
  const ProgramResult strict = tune("strict", {"--strict"}, foreign);
  EXPECT_EQ(strict.exit_code, 3);
  EXPECT_THAT(strict.errors, HasSubstr("--strict: 1 of its keys are not used: layer4.1.bn2.biaX"));
}

}  // namespace
}  // namespace train_backbone::test
