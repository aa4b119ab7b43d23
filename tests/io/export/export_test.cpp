#include "train_backbone/io/export.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "io/export/pending_file.h"
#include "tests/io/export/own_weights.h"
#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

using models::Naming;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Export : public testing::Test {
 protected:
  ~Export() override { std::filesystem::remove_all(folder_); }
  std::string refusal(const SafetensorsFile& own, const ExportChoice& choice) const {
    return message_of<core::DataError>(
        [&] { export_weights(own, "own.safetensors", choice, folder_ / "w.pth"); });
  }
  std::ptrdiff_t files() const {
    const auto all = std::filesystem::directory_iterator(folder_);
    return std::distance(begin(all), end(all));
  }
  std::filesystem::path folder_ = scratch_folder();
};

TEST(ExportContainer, FollowsTheEndingAndTheProgram) {
  EXPECT_EQ(container_of(Naming::kTimm, "a/w.safetensors"), Container::kSafetensors);
  EXPECT_EQ(container_of(Naming::kTorchvision, "w.pth"), Container::kPth);
  EXPECT_EQ(container_of(Naming::kDarknet, "darknet53.conv.74"), Container::kConv74);
  EXPECT_EQ(container_of(Naming::kKeras, "w.h5"), Container::kKerasH5);
  const auto refused = [](Naming naming, const std::string& file) {
    return message_of<core::UsageError>([&] { container_of(naming, file); });
  };
  EXPECT_THAT(refused(Naming::kMmdet, "w.safetensors"), HasSubstr("files that end in .pth"));
  EXPECT_THAT(refused(Naming::kTimm, "w.h5"), HasSubstr(".safetensors or .pth"));
  EXPECT_THAT(refused(Naming::kKeras, ".h5"), HasSubstr("end in .h5"));
}

TEST_F(Export, NamesKeysThatAreMissingUnknownOrOfAnotherShape) {
  const ExportChoice choice = choice_of("resnet18v1_b", Naming::kTorchvision);
  const SafetensorsFile whole = own_weights("resnet18v1_b");
  SafetensorsFile own = whole;
  own.tensors.erase(own.tensors.begin());
  EXPECT_THAT(refusal(own, choice),
              AllOf(HasSubstr("own.safetensors"), HasSubstr("1 missing: conv1.weight")));
  own = whole;
  own.tensors[0].first = "conv1.wait";
  EXPECT_THAT(refusal(own, choice), HasSubstr("1 unexpected: conv1.wait"));
  own = whole;
  own.tensors[0].second = at::zeros({64, 3, 3, 3});
  EXPECT_THAT(refusal(own, choice),
              HasSubstr("conv1.weight is 64 x 3 x 3 x 3 and should be 64 x 3 x 7 x 7"));
  // Not to be lost among what detectron2 has no place for.
  own = whole;
  own.tensors.emplace_back("layer5.weight", at::zeros({1}));
  EXPECT_THAT(refusal(own, choice_of("resnet18v1_b", Naming::kDetectron2)),
              HasSubstr("1 unexpected: layer5.weight"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Export, RefusalLeavesWhatWasThere) {
  spill(folder_ / "w.pth", "mine");
  SafetensorsFile own = own_weights("resnet18v1_b");
  own.tensors.pop_back();
  refusal(own, choice_of("resnet18v1_b", Naming::kTorchvision));
  EXPECT_EQ(slurp(folder_ / "w.pth"), "mine");
}

TEST_F(Export, RefusesNetworksAndTypesThatTheOthersLack) {
  const auto message = [&](const std::string& model, Naming naming, bool original,
                           at::ScalarType dtype, const std::string& file) {
    ExportChoice choice = choice_of(model, naming, original);
    choice.dtype = dtype;
    return message_of<core::UsageError>([&] { export_weights({}, "own", choice, folder_ / file); });
  };
  EXPECT_THAT(message("darknet53", Naming::kMmdet, true, at::kFloat, "w.pth"),
              HasSubstr("no network like darknet53 of --compat aws"));
  EXPECT_THAT(message("resnet50v1_d", Naming::kKeras, false, at::kFloat, "w.h5"),
              HasSubstr("no network like resnet50v1_d without --compat aws"));
  EXPECT_THAT(message("darknet53", Naming::kDarknet, false, at::kHalf, "w.conv.74"),
              HasSubstr("fp32 only"));
}

TEST_F(Export, SafetensorsKeepWhatTheWeightsSayOfThemselves) {
  SafetensorsFile own = own_weights("resnet18v1_b");
  own.metadata["crc32c.fc.bias"] = "00000000";  // of the file that they were read from
  export_weights(own, "own", choice_of("resnet18v1_b", Naming::kTimm), folder_ / "w.safetensors");
  const SafetensorsFile read = read_safetensors(folder_ / "w.safetensors");
  EXPECT_EQ(read.metadata.at("mean"), "123.675,116.28,103.53");
  EXPECT_EQ(read.metadata.at("exported_for"), "timm");
  EXPECT_EQ(read.tensors.size(), own.tensors.size());
}

TEST_F(Export, PendingFileTakesTheNameOnlyWhenCommitted) {
  spill(folder_ / "w", "old");
  {
    PendingFile pending(folder_ / "w");
    spill(pending.path(), "half");
  }
  EXPECT_EQ(slurp(folder_ / "w"), "old");
  EXPECT_EQ(files(), 1);
  PendingFile pending(folder_ / "w");
  spill(pending.path(), "new");
  EXPECT_EQ(slurp(folder_ / "w"), "old");
  pending.commit();
  EXPECT_EQ(slurp(folder_ / "w"), "new");
  EXPECT_EQ(files(), 1);
}

}  // namespace
}  // namespace train_backbone::io
