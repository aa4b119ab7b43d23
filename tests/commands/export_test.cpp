#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "commands/export_command.h"
#include "commands/export_snippet.h"
#include "tests/io/export/own_weights.h"
#include "tests/support/scratch.h"
#include "train_backbone/config/program.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::commands {
namespace {

using models::Naming;
using test::message_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ExportCommandTest : public testing::Test {
 protected:
  ~ExportCommandTest() override { std::filesystem::remove_all(folder_); }

  // Weights of a model with a description of their own.
  std::string write(const std::string& model, bool original, const io::Metadata& metadata) const {
    const auto path = folder_ / (model + ".safetensors");
    io::Metadata all = metadata;
    all["model"] = model;
    io::write_weights(path, io::own_weights(model, original).tensors, all);
    return path.string();
  }

  // What `export` prints.
  std::string run(const std::string& weights, const std::string& target, const std::string& file,
                  const std::vector<std::string>& more = {}) const {
    config::CommandList commands;
    commands.push_back(std::make_unique<ExportCommand>());
    std::vector<std::string> arguments{
        "export", "--weights", weights, "--for", target, "--output", (folder_ / file).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    testing::internal::CaptureStdout();
    try {
      EXPECT_EQ(config::run_program(commands, arguments, {}), 0);
    } catch (...) {
      testing::internal::GetCapturedStdout();
      throw;
    }
    return testing::internal::GetCapturedStdout();
  }

  std::string refusal(const std::string& weights, const std::string& target,
                      const std::string& file) const {
    return message_of<core::UsageError>([&] { run(weights, target, file); });
  }

  std::filesystem::path folder_ = test::scratch_folder();
};

nlohmann::json last_line(std::string output) {
  output.pop_back();
  return nlohmann::json::parse(output.substr(output.rfind('\n') + 1));
}

TEST_F(ExportCommandTest, SaysWhatItWroteAndHowToReadIt) {
  const std::string weights = write("resnet18v1_d", false, {{"mean", "1.5,2,3"}, {"std", "4,5,6"}});
  const std::string output = run(weights, "mmdet", "w.pth", {"--verify", "--dtype", "bf16"});
  EXPECT_THAT(output, AllOf(HasSubstr("left out: 2 tensors of the head"),
                            HasSubstr("deep_stem=True, stem_channels=64, avg_down=True"),
                            HasSubstr("mean=[1.5, 2, 3], std=[4, 5, 6]"),
                            HasSubstr("in_channels=[64, 128, 256, 512]")));
  const nlohmann::json line = last_line(output);
  EXPECT_EQ(line["for"], "mmdet");
  EXPECT_EQ(line["model"], "resnet18v1_d");
  EXPECT_EQ(line["tensors"], 132);
  EXPECT_EQ(line["left_out"], 2);
  EXPECT_EQ(line["verified"], true);
  EXPECT_EQ(line["bytes"], std::filesystem::file_size(folder_ / "w.pth"));
}

TEST_F(ExportCommandTest, QuietPrintsTheLastLineOnly) {
  const std::string weights = write("resnet18v1_b", false, {});
  const std::string output =
      run(weights, "timm", "w.safetensors", {"--quiet", "--backbone_only", "--verify"});
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1);
  EXPECT_EQ(last_line(output)["tensors"], 120);
}

TEST_F(ExportCommandTest, NamesTheProgramsThatHaveTheNetwork) {
  const std::string weights = write("resnet18v1_d", false, {});
  EXPECT_THAT(refusal(weights, "torchvision", "w.pth"),
              AllOf(HasSubstr("it has no resnet18v1_d"), HasSubstr("timm, mmdet, mmpretrain")));
  const std::string hrnet = write("hrnet_w18c", false, {});
  EXPECT_THAT(refusal(hrnet, "keras", "w.h5"), HasSubstr("have no names to load by"));
  EXPECT_THAT(refusal(hrnet, "darknet", "w.conv.74"), HasSubstr("it has no hrnet_w18c"));
}

// Same names, same shapes, other results.
TEST_F(ExportCommandTest, RefusesSilentDifferencesUnlessForced) {
  const std::string aws = write("hrnet_w18c", true, {{"padding", "tf"}});
  EXPECT_THAT(refusal(aws, "timm", "w.pth"),
              AllOf(HasSubstr("--compat aws"), HasSubstr("--force")));
  EXPECT_THAT(run(aws, "timm", "w.pth", {"--force"}), HasSubstr("feature_location=''"));
  const std::string ours = write("resnet50v1_b", false, {{"padding", "torch"}});
  EXPECT_THAT(refusal(ours, "keras", "w.h5"), HasSubstr("without --compat aws"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "w.h5"));
  EXPECT_THAT(run(ours, "keras", "w.h5", {"--force", "--verify"}), HasSubstr("by_name=True"));
}

TEST_F(ExportCommandTest, DarknetKnowsOneSlopeOnly) {
  const std::string weights = write("darknet53", false, {{"leaky_slope", "0.01"}});
  EXPECT_THAT(refusal(weights, "darknet", "w.conv.74"), HasSubstr("slope 0.01, darknet's is 0.1"));
  EXPECT_THAT(run(weights, "mmdet", "w.pth"),
              AllOf(HasSubstr("negative_slope=0.01"), HasSubstr("in_channels=[1024, 512, 256]")));
}

std::string snippet(const std::string& model, Naming naming, bool original = false) {
  ExportSubject subject{.choice = io::choice_of(model, naming, original),
                        .leaky_slope = 0.1,
                        .normalisation = {.mean = {127.5F, 51, 0}, .deviation = {255, 51, 25.5F}},
                        .output = "w.pth"};
  return export_snippet(subject);
}

TEST(ExportSnippet, TimmGetsItsOwnModelAndScale) {
  EXPECT_THAT(snippet("resnet50v1_c", Naming::kTimm), HasSubstr("'resnet50c',"));
  EXPECT_THAT(snippet("resnet50v1_c", Naming::kTimm, true), HasSubstr("'resnet50s',"));
  EXPECT_THAT(snippet("resnet18v1_c", Naming::kTimm),
              HasSubstr("'resnet18', stem_type='deep', stem_width=32,"));
  EXPECT_THAT(snippet("darknet53", Naming::kTimm),
              HasSubstr("'darknet53', act_layer=partial(torch.nn.LeakyReLU, negative_slope=0.1),"));
  EXPECT_THAT(snippet("resnet101v1_b", Naming::kTimm),
              HasSubstr("mean=[0.5, 0.2, 0], std=[1, 0.2, 0.1]"));
}

TEST(ExportSnippet, Detectron2GetsStemStrideAndOrder) {
  EXPECT_THAT(snippet("resnet50v1_b", Naming::kDetectron2),
              AllOf(HasSubstr("w.pth?matching_heuristics=True"), HasSubstr("STRIDE_IN_1X1: False"),
                    HasSubstr("FORMAT: \"RGB\""), HasSubstr("PIXEL_MEAN: [127.5, 51, 0]"),
                    Not(HasSubstr("STEM"))));
  EXPECT_THAT(snippet("resnet50v1_c", Naming::kDetectron2), HasSubstr("STEM_OUT_CHANNELS: 64"));
  EXPECT_THAT(snippet("resnet50v1_c", Naming::kDetectron2, true),
              HasSubstr("STEM_OUT_CHANNELS: 128"));
  EXPECT_THAT(snippet("resnet34v1_b", Naming::kDetectron2), HasSubstr("RES2_OUT_CHANNELS: 64"));
}

TEST(ExportSnippet, HRNetGetsTheRawBranches) {
  EXPECT_THAT(snippet("hrnet_w32c", Naming::kMmdet),
              AllOf(HasSubstr("num_channels=(32, 64, 128, 256)"), HasSubstr("num_modules=4"),
                    HasSubstr("in_channels=[32, 64, 128, 256]")));
  EXPECT_THAT(snippet("hrnet_w32c", Naming::kMmpretrain), HasSubstr("arch='w32'"));
}

}  // namespace
}  // namespace train_backbone::commands
