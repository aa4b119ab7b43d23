// Every model whose answers tests/golden/models holds.
#include "tests/models/parity_fixture.h"

namespace train_backbone::models {
namespace {

std::string name_of(const testing::TestParamInfo<std::string>& parameter) {
  return parameter.param;
}

const auto kModels =
    testing::Values("resnet18v1_b", "resnet18v1_c", "resnet18v1_d", "resnet34v1_b", "resnet34v1_c",
                    "resnet50v1_b", "hrnet_w18c", "darknet53", "original_darknet53");

INSTANTIATE_TEST_SUITE_P(All, Parity, kModels, name_of);
INSTANTIATE_TEST_SUITE_P(All, Features,
                         testing::Values("resnet18v1_b", "resnet18v1_c", "resnet18v1_d",
                                         "resnet34v1_b", "resnet34v1_c", "resnet50v1_b",
                                         "hrnet_w18c", "darknet53"),
                         name_of);
INSTANTIATE_TEST_SUITE_P(All, Curve, kModels, name_of);

}  // namespace
}  // namespace train_backbone::models
