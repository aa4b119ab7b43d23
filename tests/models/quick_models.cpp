// One model of each family and variant: what the unit lane has time for.
#include "tests/models/parity_fixture.h"

namespace train_backbone::models {
namespace {

std::string name_of(const testing::TestParamInfo<std::string>& parameter) {
  return parameter.param;
}

INSTANTIATE_TEST_SUITE_P(Quick, Parity,
                         testing::Values("resnet18v1_b", "resnet18v1_c", "resnet18v1_d",
                                         "resnet50v1_b", "hrnet_w18c", "darknet53",
                                         "original_darknet53"),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Quick, Features,
                         testing::Values("resnet18v1_b", "resnet50v1_b", "hrnet_w18c", "darknet53"),
                         name_of);

}  // namespace
}  // namespace train_backbone::models
