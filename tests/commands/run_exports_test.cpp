#include "commands/run_exports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/export/own_weights.h"
#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::commands {
namespace {

using models::Naming;
using test::message_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TrainSettings settings_of(const std::string& model, const std::string& wanted,
                          const std::string& compat = "none") {
  TrainSettings settings;
  settings.model.model = model;
  settings.data.compat = compat;
  settings.comm.job_exports = wanted;
  return settings;
}

TEST(RunExports, AutoIsEveryDetectorThatComputesTheSame) {
  const auto programs = [](const char* model, const char* compat) {
    return programs_to_export_for(settings_of(model, "auto", compat));
  };
  EXPECT_THAT(programs("resnet50v1_b", "none"),
              ElementsAre(Naming::kTorchvision, Naming::kMmdet, Naming::kDetectron2));
  EXPECT_THAT(programs("hrnet_w32c", "none"), ElementsAre(Naming::kMmdet));
  EXPECT_THAT(programs("darknet53", "none"), ElementsAre(Naming::kMmdet, Naming::kDarknet));
  EXPECT_THAT(programs("resnet50v1_d", "aws"), ElementsAre(Naming::kKeras));
  TrainSettings other_slope = settings_of("darknet53", "auto");
  other_slope.model.leaky_slope = 0.2;
  EXPECT_THAT(programs_to_export_for(other_slope), ElementsAre(Naming::kMmdet));
}

TEST(RunExports, NamesAreTakenInTheirOrderOrRefused) {
  EXPECT_THAT(programs_to_export_for(settings_of("resnet50v1_b", "none")), IsEmpty());
  EXPECT_THAT(programs_to_export_for(settings_of("resnet50v1_b", "timm,mmdet")),
              ElementsAre(Naming::kTimm, Naming::kMmdet));
  const auto refusal = [](const char* model, const char* wanted) {
    return message_of<core::UsageError>(
        [&] { programs_to_export_for(settings_of(model, wanted)); });
  };
  EXPECT_THAT(refusal("resnet50v1_b", "mmdet,detectron"),
              AllOf(HasSubstr("--job_exports"), HasSubstr("'detectron2'")));
  EXPECT_THAT(refusal("resnet50v1_b", "darknet"),
              HasSubstr("--job_exports darknet: it has no resnet50v1_b"));
  EXPECT_THAT(refusal("resnet50v1_b", "keras"), HasSubstr("without --compat aws"));
  EXPECT_THAT(refusal("resnet50v1_b", ""), HasSubstr("--job_exports"));
}

TEST(RunExports, EachProgramGetsAFileAndWhatToPaste) {
  const std::filesystem::path folder = test::scratch_folder();
  const std::filesystem::path weights = folder / "best.safetensors";
  io::write_weights(weights, io::own_weights("darknet53").tensors, {{"model", "darknet53"}});
  write_exports(weights, {Naming::kMmdet, Naming::kDarknet}, folder / "exports");
  for (const char* name : {"mmdet.pth", "darknet.conv.74"}) {
    EXPECT_GT(std::filesystem::file_size(folder / "exports" / name), 100'000'000U) << name;
  }
  EXPECT_THAT(test::slurp(folder / "exports/mmdet.txt"), HasSubstr("checkpoint='mmdet.pth'"));
  EXPECT_THAT(test::slurp(folder / "exports/darknet.txt"), HasSubstr("yolov3.cfg darknet.conv.74"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace train_backbone::commands
