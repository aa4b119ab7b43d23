// Every model whose answers tests/golden/models holds.
#include "tests/models/parity_fixture.h"

namespace train_backbone::models {
namespace {

std::string name_of(const testing::TestParamInfo<std::string>& parameter) {
  return parameter.param;
}

// The networks of this program, then those of --compat aws where they are others.
const std::vector<std::string> kOwn = {
    "resnet18v1_b",  "resnet18v1_c",  "resnet18v1_d", "resnet34v1_b", "resnet34v1_c",
    "resnet34v1_d",  "resnet50v1_b",  "resnet50v1_c", "resnet50v1_d", "resnet101v1_b",
    "resnet101v1_c", "resnet101v1_d", "hrnet_w18c",   "hrnet_w32c",   "darknet53"};
const std::vector<std::string> kOriginal = {"original_resnet50v1_b", "original_resnet50v1_d",
                                            "original_hrnet_w18c", "original_darknet53"};

std::vector<std::string> all() {
  std::vector<std::string> names = kOwn;
  names.insert(names.end(), kOriginal.begin(), kOriginal.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, Parity, testing::ValuesIn(all()), name_of);
INSTANTIATE_TEST_SUITE_P(All, Features, testing::ValuesIn(kOwn), name_of);
INSTANTIATE_TEST_SUITE_P(All, Curve, testing::ValuesIn(all()), name_of);

}  // namespace
}  // namespace train_backbone::models
