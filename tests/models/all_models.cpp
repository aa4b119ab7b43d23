// Every model of the registry.
#include "tests/models/parity_fixture.h"

namespace train_backbone::models {
namespace {

std::string name_of(const testing::TestParamInfo<std::string>& parameter) {
  return parameter.param;
}

std::vector<std::string> with_originals() {
  std::vector<std::string> names = model_names();
  for (const char* name : {"resnet50v1_b", "resnet50v1_d", "hrnet_w18c", "darknet53"}) {
    names.push_back(std::string("original_") + name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, Parity, testing::ValuesIn(with_originals()), name_of);
INSTANTIATE_TEST_SUITE_P(All, Features, testing::ValuesIn(model_names()), name_of);
INSTANTIATE_TEST_SUITE_P(All, Curve, testing::ValuesIn(with_originals()), name_of);

}  // namespace
}  // namespace train_backbone::models
