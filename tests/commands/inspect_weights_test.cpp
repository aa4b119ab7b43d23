#include "commands/inspect_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "commands/inspect_command.h"
#include "commands/weight_report.h"
#include "tests/support/scratch.h"
#include "train_backbone/config/program.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;
using test::message_of;
using test::scratch_folder;
using test::slurp;
using test::spill;
using testing::AllOf;
using testing::HasSubstr;

struct Answer {
  int exit_code = 0;
  std::string output;
  std::string diagnostics;
  nlohmann::json last_line;
};

Answer inspect(const std::vector<std::string>& arguments) {
  config::CommandList commands;
  commands.push_back(std::make_unique<InspectCommand>());
  std::vector<std::string> line = {"inspect"};
  line.insert(line.end(), arguments.begin(), arguments.end());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Answer answer;
  answer.exit_code = config::run_program(commands, line, {});
  answer.output = testing::internal::GetCapturedStdout();
  answer.diagnostics = testing::internal::GetCapturedStderr();
  const size_t last = answer.output.rfind('\n', answer.output.size() - 2);
  answer.last_line = nlohmann::json::parse(answer.output.substr(last + 1));
  return answer;
}

io::NamedTensors tensors() {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  return {{"conv.weight", torch::arange(24, torch::kFloat).reshape({2, 3, 2, 2})},
          {"bn.bias", torch::tensor({kNaN, 2.0F, -INFINITY, 4.0F, -INFINITY})},
          {"fc.weight", torch::tensor({0.5, -2.0}, at::kHalf)},
          {"count", torch::tensor(int64_t{7})},
          {"none", torch::zeros({0, 3})}};
}

fs::path weight_file() {
  const fs::path path = scratch_folder() / "a.safetensors";
  io::write_weights(path, tensors(), {{"model", "resnet18v1_b"}, {"top1", "12.5"}});
  return path;
}

// Changes the last byte, which belongs to the last tensor's data.
void damage(const fs::path& path) {
  std::string bytes = slurp(path);
  bytes.back() ^= 1;
  spill(path, bytes);
}

fs::path checkpoint() {
  io::Checkpoint checkpoint;
  checkpoint.step = 12;
  checkpoint.config = {{"model", "resnet50v1_d"}};
  checkpoint.model = {{"w", torch::ones(4)}};
  checkpoint.optimizer = {{"w", torch::zeros(4)}};
  return io::save_checkpoint(scratch_folder(), checkpoint);
}

TEST(ExamineWeights, DescribesEachTensor) {
  const WeightReport report = examine_weights(weight_file());
  EXPECT_TRUE(report.damage.empty());
  ASSERT_EQ(report.files.size(), 1U);
  const auto& all = report.files[0].tensors;
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].name, "count");
  EXPECT_EQ(all[0].dtype, "I64");
  EXPECT_EQ(all[0].range->highest, 7);
  const TensorSummary& conv = all[1];
  EXPECT_EQ(shape_text(conv.shape), "[2, 3, 2, 2]");
  EXPECT_EQ(conv.values, 24);
  EXPECT_EQ(conv.range->lowest, 0);
  EXPECT_EQ(conv.range->highest, 23);
  EXPECT_EQ(conv.range->mean, 11.5);
  EXPECT_EQ(conv.checksum, io::Checksum::kMatches);
  const TensorSummary& bias = all[2];
  EXPECT_EQ(bias.nan, 1);
  EXPECT_EQ(bias.infinite, 2);
  EXPECT_EQ(bias.range->lowest, 2);
  EXPECT_EQ(bias.range->mean, 3);
  EXPECT_FALSE(all[3].range) << "no values";
  EXPECT_EQ(all[4].dtype, "F16");
}

TEST(ExamineWeights, TellsWeightsFromShards) {
  const fs::path folder = scratch_folder();
  EXPECT_TRUE(holds_weights("anywhere/best.safetensors"));
  fs::create_directories(folder / "step-00000012");
  EXPECT_TRUE(holds_weights(folder / "step-00000012" / ""));
  EXPECT_FALSE(holds_weights(folder));
  EXPECT_FALSE(holds_weights("train-00000-of-00001"));
}

TEST(InspectWeights, AnswersWithMetadataAndCounts) {
  const fs::path path = weight_file();
  const Answer answer = inspect({path.string()});
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_EQ(answer.last_line["kind"], "weights");
  EXPECT_EQ(answer.last_line["tensors"], 5);
  EXPECT_EQ(answer.last_line["values"], 32);
  EXPECT_EQ(answer.last_line["bytes"], fs::file_size(path));
  EXPECT_EQ(answer.last_line["nan"], 1);
  EXPECT_EQ(answer.last_line["infinite"], 2);
  EXPECT_EQ(answer.last_line["checksums"], 5);
  EXPECT_EQ(answer.last_line["metadata"]["top1"], "12.5");
  EXPECT_THAT(answer.last_line["metadata"]["producer"], testing::StartsWith("train_backbone "));
  EXPECT_FALSE(answer.last_line["metadata"].contains("header_crc32c"));
  EXPECT_EQ(answer.last_line["whole"], true);
  EXPECT_THAT(answer.diagnostics, HasSubstr("1 values are NaN and 2 infinite"));
  EXPECT_THAT(answer.output, AllOf(HasSubstr("conv.weight  F32 [2, 3, 2, 2]"),
                                   HasSubstr("model = resnet18v1_b"), HasSubstr("1 NaN")));
}

TEST(InspectWeights, NamesEveryDamagedTensorAndAnswersBadData) {
  const fs::path path = weight_file();
  damage(path);
  const Answer answer = inspect({path.string()});
  EXPECT_EQ(answer.exit_code, 3);
  EXPECT_EQ(answer.last_line["damaged"], 1);
  EXPECT_EQ(answer.last_line["whole"], false);
  EXPECT_THAT(answer.diagnostics, AllOf(HasSubstr(path.string()), HasSubstr("'fc.weight'")));
  EXPECT_THAT(answer.output, HasSubstr("1 of 5 checksums do not match"));
}

TEST(InspectWeights, AnswersAlsoForAFileWithoutAReadableHeader) {
  const fs::path path = weight_file();
  fs::resize_file(path, 20);
  const Answer answer = inspect({path.string()});
  EXPECT_EQ(answer.exit_code, 3);
  EXPECT_EQ(answer.last_line["tensors"], 0);
  EXPECT_THAT(answer.diagnostics, HasSubstr("truncated"));
  EXPECT_THROW(inspect_weights(path.parent_path() / "missing.safetensors"), core::DataError);
}

TEST(InspectWeights, DescribesACheckpointAndNamesItsDamagedFile) {
  const fs::path path = checkpoint();
  const Answer whole = inspect({path.string()});
  EXPECT_EQ(whole.exit_code, 0) << whole.diagnostics;
  EXPECT_EQ(whole.last_line["kind"], "checkpoint");
  EXPECT_EQ(whole.last_line["step"], 12);
  EXPECT_EQ(whole.last_line["tensors"], 2);
  EXPECT_EQ(whole.last_line["metadata"]["model"], "resnet50v1_d");
  damage(path / "optimizer.safetensors");
  const Answer damaged = inspect({path.string()});
  EXPECT_EQ(damaged.exit_code, 3);
  EXPECT_EQ(damaged.last_line["whole"], false);
  EXPECT_THAT(damaged.diagnostics, HasSubstr("optimizer.safetensors"));
}

TEST(InspectDifference, AnswersWithCountsForBothOrdersOfThePaths) {
  const fs::path a = weight_file();
  const fs::path b = a.parent_path() / "b.safetensors";
  io::NamedTensors changed = tensors();
  changed[0].second[1][2][1][1] += 0.5;
  io::write_weights(b, changed, {});
  const Answer answer = inspect({"--diff", a.string(), b.string()});
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_EQ(answer.last_line["path"], b.string());
  EXPECT_EQ(answer.last_line["differing"], 1);
  EXPECT_EQ(answer.last_line["identical"], 4);
  EXPECT_EQ(answer.last_line["largest_difference"], 0.5);
  EXPECT_EQ(answer.last_line["equal"], false);
  EXPECT_THAT(answer.output, HasSubstr("conv.weight"));
  EXPECT_EQ(inspect({a.string(), "--diff", a.string()}).last_line["equal"], true);
}

TEST(InspectDifference, RefusesDamagedFilesAndOtherThings) {
  const fs::path path = weight_file();
  EXPECT_THAT(message_of<core::UsageError>([&] {
                inspect({path.string(), "--diff", path.parent_path().string()});
              }),
              HasSubstr("--diff"));
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  damage(path);
  EXPECT_THROW(inspect({path.string(), "--diff", path.string()}), core::DataError);
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace train_backbone::commands
