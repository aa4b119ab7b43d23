#include "train_backbone/io/weight_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::io {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

NamedTensors model(int64_t classes) {
  return {{"conv.weight", torch::zeros({4, 3, 2, 2})},
          {"bn.count", torch::tensor(int64_t{0})},
          {"fc.weight", torch::zeros({classes, 4})},
          {"fc.bias", torch::zeros({classes})}};
}

// The same in a file that says "net." before each key, and one tensor more.
std::vector<ImportedTensor> file(int64_t classes) {
  return {{"net.fc.bias", "fc.bias", torch::rand({classes})},
          {"net.fc.weight", "fc.weight", torch::rand({classes, 4})},
          {"net.conv.weight", "conv.weight", torch::rand({4, 3, 2, 2})},
          {"net.bn.count", "bn.count", torch::tensor(int64_t{9})},
          {"neck.weight", {}, torch::rand({3})}};
}

TEST(ImportTensors, TakesWhatFitsAndListsTheRest) {
  const NamedTensors target = model(10);
  std::vector<ImportedTensor> source = file(10);
  source.erase(source.begin() + 3);
  const ImportReport report = import_tensors(source, target, "fc", "FILE");
  EXPECT_TRUE(at::equal(target[0].second, source[2].values));
  EXPECT_TRUE(at::equal(target[2].second, source[1].values));
  EXPECT_THAT(report.unused, ElementsAre("neck.weight"));
  EXPECT_THAT(report.kept, ElementsAre("bn.count"));
  EXPECT_FALSE(report.other_classes);
  EXPECT_FALSE(report.exact);
}

TEST(ImportTensors, AFileThatFitsIsExact) {
  std::vector<ImportedTensor> source = file(10);
  source.pop_back();
  const ImportReport report = import_tensors(source, model(10), "fc", "FILE");
  EXPECT_THAT(report.unused, IsEmpty());
  EXPECT_THAT(report.kept, IsEmpty());
  EXPECT_TRUE(report.exact);
}

TEST(ImportTensors, AClassifierOfOtherClassesIsLeftAloneAsAWhole) {
  const NamedTensors target = model(7);
  std::vector<ImportedTensor> source = file(10);
  source.pop_back();
  const ImportReport report = import_tensors(source, target, "fc", "FILE");
  EXPECT_EQ(report.other_classes, 10);
  EXPECT_THAT(report.unused, ElementsAre("net.fc.bias", "net.fc.weight"));
  EXPECT_THAT(report.kept, ElementsAre("fc.bias", "fc.weight"));
  EXPECT_TRUE(report.exact);
  EXPECT_FALSE(target[2].second.any().item<bool>());
}

TEST(ImportTensors, ABackboneWithoutClassifierIsExactHalfAClassifierIsNot) {
  std::vector<ImportedTensor> source = file(10);
  source.pop_back();
  source.erase(source.begin());
  const ImportReport half = import_tensors(source, model(10), "fc", "FILE");
  EXPECT_THAT(half.kept, ElementsAre("fc.bias"));
  EXPECT_FALSE(half.exact);
  source.erase(source.begin());
  const ImportReport none = import_tensors(source, model(10), "fc", "FILE");
  EXPECT_THAT(none.kept, ElementsAre("fc.bias", "fc.weight"));
  EXPECT_TRUE(none.exact);
}

// What an import says that must fail, with one tensor of the file replaced.
std::string refusal(size_t place, const at::Tensor& values) {
  const NamedTensors target = model(10);
  std::vector<ImportedTensor> source = file(10);
  source[place].values = values;
  std::string message =
      message_of<core::DataError>([&] { import_tensors(source, target, "fc", "FILE"); });
  EXPECT_FALSE(target[1].second.any().item<bool>()) << "nothing was copied";
  return message;
}

TEST(ImportTensors, OtherShapesNameTheKey) {
  EXPECT_THAT(refusal(2, torch::rand({4, 3, 3, 3})),
              AllOf(HasSubstr("FILE"), HasSubstr("net.conv.weight is [4, 3, 3, 3] instead of "
                                                 "[4, 3, 2, 2]")));
  // Only the rows of a classifier are a number of classes.
  EXPECT_THAT(refusal(1, torch::rand({10, 5})), HasSubstr("net.fc.weight is [10, 5]"));
  EXPECT_THAT(refusal(2, torch::rand({5, 3, 2, 2})), HasSubstr("net.conv.weight"));
}

TEST(ImportTensors, OtherTypesAndValuesThatAreNotFiniteNameTheKey) {
  EXPECT_THAT(refusal(3, torch::rand({})), HasSubstr("net.bn.count holds Float instead of Long"));
  EXPECT_THAT(refusal(0, torch::full({10}, NAN)), HasSubstr("net.fc.bias holds NaN"));
}

TEST(ImportTensors, ManyMisfitsAreCounted) {
  NamedTensors target;
  std::vector<ImportedTensor> source;
  for (char name = 'a'; name <= 'h'; ++name) {
    target.emplace_back(std::string(1, name), torch::zeros({2}));
    source.push_back({target.back().first, target.back().first, torch::zeros({3})});
  }
  EXPECT_THAT(message_of<core::DataError>([&] { import_tensors(source, target, "fc", "FILE"); }),
              AllOf(HasSubstr("a is [3]"), HasSubstr("e is [3]"), HasSubstr("and 3 more")));
}

TEST(ImportTensors, TwoKeysForOneNameAndNoneAtAllAreRefused) {
  std::vector<ImportedTensor> source = file(10);
  source[4].name = "fc.bias";
  EXPECT_THAT(message_of<core::DataError>([&] { import_tensors(source, model(10), "fc", "FILE"); }),
              AllOf(HasSubstr("'net.fc.bias'"), HasSubstr("'neck.weight'")));
  EXPECT_THAT(message_of<core::DataError>([&] {
                import_tensors({{"x", "x", torch::zeros({1})}}, model(10), "fc", "FILE");
              }),
              HasSubstr("not one of its keys"));
}

TEST(ReadWeights, OtherKindsOfFilesAreRefusedWithTheWayToConvertThem) {
  const auto folder = scratch_folder();
  const std::string zip = std::string("PK\x03\x04\0\0\x08\x08\0\0\0\0", 12);
  for (const std::string& bytes : {zip, std::string("\x80\x02}q\0(X\x0b\0\0\0", 11),
                                   std::string("\x89HDF\r\n\x1a\n\0\0\0", 11)}) {
    spill(folder / "x.pth", bytes);
    EXPECT_THAT(message_of<core::DataError>([&] { read_weights(folder / "x.pth"); }),
                AllOf(HasSubstr("x.pth"), HasSubstr("safetensors.torch.save_file")));
  }
}

TEST(ReadWeights, ATruncatedSafetensorsFileIsCalledThat) {
  const auto folder = scratch_folder();
  write_weights(folder / "w.safetensors", {{"x", torch::rand({100})}}, {});
  const std::string whole = slurp(folder / "w.safetensors");
  for (const size_t size : {size_t{0}, size_t{5}, size_t{100}, whole.size() - 1}) {
    spill(folder / "w.safetensors", whole.substr(0, size));
    EXPECT_THAT(message_of<core::DataError>([&] { read_weights(folder / "w.safetensors"); }),
                testing::Not(HasSubstr("save_file")))
        << size;
  }
}

}  // namespace
}  // namespace train_backbone::io
