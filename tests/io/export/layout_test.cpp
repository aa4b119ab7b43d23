#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "io/export/keras_h5.h"
#include "io/export/pth_reader.h"
#include "tests/io/export/own_weights.h"
#include "tests/io/scratch.h"

// Where the numbers stand in the files, told apart from the readers and writers of the program.
namespace train_backbone::io {
namespace {

using models::Naming;

std::map<std::string, at::Tensor> by_name(const SafetensorsFile& file) {
  return {file.tensors.begin(), file.tensors.end()};
}

// darknet's load_convolutional_weights: biases, then for normalised layers scales, mean, variance,
// then weights; the first of a stage is strided, then come pairs.
class Conv74 {
 public:
  Conv74(std::string bytes, std::map<std::string, at::Tensor> own)
      : bytes_(std::move(bytes)), own_(std::move(own)) {}

  void expect_layer(const std::string& name) {
    for (const std::string leaf :
         {".bn.bias", ".bn.weight", ".bn.running_mean", ".bn.running_var", ".conv.weight"}) {
      const at::Tensor wanted = own_.at(name + leaf).contiguous();
      ASSERT_LE(position_ + wanted.nbytes(), bytes_.size()) << name << leaf;
      EXPECT_EQ(std::memcmp(bytes_.data() + position_, wanted.const_data_ptr(), wanted.nbytes()), 0)
          << name << leaf;
      position_ += wanted.nbytes();
    }
  }
  void expect_number(int64_t wanted, size_t size) {
    int64_t number = 0;
    std::memcpy(&number, bytes_.data() + position_, size);
    EXPECT_EQ(number, wanted);
    position_ += size;
  }
  [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }

 private:
  std::string bytes_;
  std::map<std::string, at::Tensor> own_;
  size_t position_ = 0;
};

TEST(ExportLayout, Conv74HoldsTheFiftyTwoConvolutionsInTheirOrder) {
  const auto folder = scratch_folder();
  const SafetensorsFile own = own_weights("darknet53");
  const auto path = folder / "darknet53.conv.74";
  const ExportReport report =
      export_weights(own, "own", choice_of("darknet53", Naming::kDarknet), path);
  EXPECT_EQ(report.tensors, 260U);
  Conv74 file(slurp(path), by_name(own));
  for (const int64_t version : {0, 2, 0}) file.expect_number(version, 4);
  file.expect_number(0, 8);
  file.expect_layer("stem.conv1");
  const int blocks[] = {1, 2, 8, 8, 4};
  for (int stage = 0; stage < 5; ++stage) {
    const std::string name = "stages." + std::to_string(stage);
    file.expect_layer(name + ".conv_down");
    for (int block = 0; block < blocks[stage]; ++block) {
      file.expect_layer(name + ".blocks." + std::to_string(block) + ".conv1");
      file.expect_layer(name + ".blocks." + std::to_string(block) + ".conv2");
    }
  }
  EXPECT_TRUE(file.at_end());
  std::filesystem::remove_all(folder);
}

TEST(ExportLayout, KerasHasKernelsLastAndVariablesInItsOrder) {
  const auto folder = scratch_folder();
  const SafetensorsFile own = own_weights("resnet50v1_b", true);
  const auto path = folder / "w.h5";
  export_weights(own, "own", choice_of("resnet50v1_b", Naming::kKeras, true), path);
  std::map<std::string, RawTensor> read;
  std::vector<std::string> order;
  for (RawTensor& tensor : read_keras_h5(path)) {
    order.push_back(tensor.name);
    read[tensor.name] = std::move(tensor);
  }
  const auto value = [&](const std::string& name, int64_t index) {
    float number = 0;
    std::memcpy(&number, read.at(name).bytes.data() + sizeof(float) * static_cast<size_t>(index),
                sizeof number);
    return number;
  };
  const auto ours = by_name(own);
  const at::Tensor kernel = ours.at("layer2.0.conv2.weight");  // 128 x 128 x 3 x 3
  const std::string name = "conv3_block1_2_conv/kernel:0";
  EXPECT_EQ(read.at(name).sizes, (std::vector<int64_t>{3, 3, 128, 128}));
  for (const int64_t out : {0, 5, 127}) {
    for (const int64_t in : {0, 77}) {
      const int64_t row = 2;
      const int64_t column = 1;
      EXPECT_EQ(value(name, ((row * 3 + column) * 128 + in) * 128 + out),
                kernel[out][in][row][column].item<float>());
    }
  }
  EXPECT_EQ(value("logits/kernel:0", 3 * kTestClasses + 4),
            ours.at("fc.weight")[4][3].item<float>());
  EXPECT_EQ(value("conv1_bn/moving_variance:0", 9), ours.at("bn1.running_var")[9].item<float>());
  EXPECT_EQ(std::vector<std::string>(order.begin(), order.begin() + 5),
            (std::vector<std::string>{"conv1_conv/kernel:0", "conv1_bn/gamma:0", "conv1_bn/beta:0",
                                      "conv1_bn/moving_mean:0", "conv1_bn/moving_variance:0"}));
  std::filesystem::remove_all(folder);
}

// Half precision, and channels-last tensors as training has them.
TEST(ExportLayout, PthHoldsRowMajorTensorsOfTheChosenType) {
  const auto folder = scratch_folder();
  SafetensorsFile own = own_weights("resnet18v1_b");
  for (auto& [name, tensor] : own.tensors) {
    if (tensor.dim() == 4)
      tensor = tensor.to(tensor.options(), false, false, at::MemoryFormat::ChannelsLast);
  }
  ExportChoice choice = choice_of("resnet18v1_b", Naming::kTorchvision);
  choice.dtype = at::kHalf;
  choice.backbone_only = true;
  const auto path = folder / "w.pth";
  const ExportReport report = export_weights(own, "own", choice, path);
  EXPECT_EQ(report.left_out, (std::vector<std::string>{"fc.weight", "fc.bias"}));
  EXPECT_EQ(report.tensors, 120U);
  const auto ours = by_name(own);
  for (RawTensor& tensor : read_pth(path)) {
    const at::Tensor& source = ours.at(tensor.name);
    EXPECT_EQ(tensor.sizes, source.sizes().vec());
    EXPECT_EQ(tensor.dtype, source.is_floating_point() ? "F16" : "I64");
    const at::Tensor view = at::from_blob(tensor.bytes.data(), tensor.sizes,
                                          source.is_floating_point() ? at::kHalf : at::kLong);
    EXPECT_TRUE(view.equal(source.to(view.scalar_type()))) << tensor.name;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace train_backbone::io
