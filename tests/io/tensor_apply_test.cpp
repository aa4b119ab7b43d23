#include "train_backbone/io/tensor_apply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;

NamedTensors model(int64_t classes) {
  return {{"conv.weight", torch::zeros({4, 3, 2, 2}, torch::requires_grad())
                              .detach()
                              .to(at::MemoryFormat::ChannelsLast)
                              .requires_grad_()},
          {"bn.count", torch::tensor(int64_t{0})},
          {"fc.weight", torch::zeros({classes, 4}, torch::requires_grad())},
          {"fc.bias", torch::zeros({classes}, torch::requires_grad())}};
}

NamedTensors values(int64_t classes) {
  return {{"fc.bias", torch::rand({classes})},
          {"fc.weight", torch::rand({classes, 4})},
          {"conv.weight", torch::rand({4, 3, 2, 2})},
          {"bn.count", torch::tensor(int64_t{9})}};
}

TEST(ApplyTensors, CopiesByNameInPlaceWhateverTheLayout) {
  const NamedTensors target = model(10);
  const NamedTensors source = values(10);
  const void* place = target[0].second.data_ptr();
  apply_tensors(source, target, "FILE");
  EXPECT_EQ(target[0].second.data_ptr(), place);
  EXPECT_TRUE(target[0].second.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(target[0].second.requires_grad());
  EXPECT_TRUE(at::equal(target[0].second, source[2].second));
  EXPECT_TRUE(at::equal(target[1].second, source[3].second));
  EXPECT_TRUE(at::equal(target[3].second, source[0].second));
}

TEST(ApplyTensors, WidensHalfPrecision) {
  const NamedTensors target = {{"x", torch::zeros(2)}};
  apply_tensors({{"x", torch::tensor({0.5, -2.0}, at::kHalf)}}, target, "FILE");
  EXPECT_TRUE(at::equal(target[0].second, torch::tensor({0.5F, -2.0F})));
}

TEST(ApplyTensors, AnotherNumberOfClassesIsABadOption) {
  const NamedTensors target = model(1000);
  EXPECT_THAT(message_of<core::UsageError>([&] { apply_tensors(values(10), target, "FILE"); }),
              AllOf(HasSubstr("fc.weight is [10, 4] in FILE but [1000, 4] in the model"),
                    HasSubstr("--num_classes")));
  EXPECT_FALSE(target[0].second.any().item<bool>()) << "nothing was copied";
}

TEST(ApplyTensors, NamesTheFirstMissingAndUnexpectedNames) {
  NamedTensors source = values(10);
  source[0].first = "fc.extra";
  EXPECT_THAT(message_of<core::DataError>([&] { apply_tensors(source, model(10), "FILE"); }),
              AllOf(HasSubstr("FILE"), HasSubstr("missing in the file 1: fc.bias"),
                    HasSubstr("unknown to the model 1: fc.extra"), HasSubstr("--model")));

  NamedTensors many;
  for (char name = 'a'; name <= 'h'; ++name) many.emplace_back(std::string(1, name), at::Tensor());
  EXPECT_THAT(message_of<core::DataError>([&] { apply_tensors({}, many, "FILE"); }),
              HasSubstr("missing in the file 8: a, b, c, d, e, ..."));
}

TEST(ApplyTensors, OtherShapesAndTypesAreBadData) {
  const NamedTensors target = {{"x", torch::zeros({2, 3, 1, 1})}};
  EXPECT_THAT(message_of<core::DataError>([&] {
                apply_tensors({{"x", torch::zeros({2, 3, 3, 3})}}, target, "FILE");
              }),
              AllOf(HasSubstr("[2, 3, 3, 3]"), HasSubstr("--model")));
  EXPECT_THAT(message_of<core::DataError>([&] {
                apply_tensors({{"x", torch::zeros({2, 3, 1, 1}, at::kLong)}}, target, "FILE");
              }),
              AllOf(HasSubstr("Long"), HasSubstr("Float")));
}

}  // namespace
}  // namespace train_backbone::io
