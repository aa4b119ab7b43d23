#include "tests/models/parity_fixture.h"

#include <ATen/Parallel.h>

#include <string_view>
#include <vector>

#include "tests/support/hashed_model.h"

namespace train_backbone::models {
namespace {

constexpr std::string_view kOriginal = "original_";

ModelChoice choice_of(std::string name, int64_t classes) {
  const bool original = name.starts_with(kOriginal);
  if (original) name.erase(0, kOriginal.size());
  return {.name = name, .num_classes = classes, .original = original};
}

}  // namespace

ParityFixture::ParityFixture()
    : wanted_(test::read_golden("models/" + GetParam() + ".json")),
      model_(make_model(choice_of(GetParam(), wanted_["classes"]), 0)),
      images_(test::hashed_tensor("images",
                                  {wanted_["batch"], 3, wanted_["height"], wanted_["width"]})) {
  at::set_num_threads(1);  // so small that waiting for a second thread costs more than it helps
  model_->to(at::kDouble);
  test::fill_with_hashed_values(*model_);
}

at::Tensor ParityFixture::loss() {
  const int64_t batch = wanted_["batch"];
  const int64_t classes = wanted_["classes"];
  const at::Tensor labels = (at::arange(batch) * 3 + 1).remainder(classes);
  return at::cross_entropy_loss(model_->forward(images_), labels, {}, at::Reduction::Mean, -100,
                                wanted_["label_smoothing"].get<double>());
}

double ParityFixture::difference(const at::Tensor& got, const at::Tensor& wanted) {
  return ((got - wanted).abs().max() / wanted.norm()).item<double>();
}

void ParityFixture::expect_tensor(const std::string& name, const at::Tensor& tensor,
                                  const nlohmann::json& wanted, double tolerance, double scale) {
  EXPECT_NEAR(tensor.norm().item<double>(), wanted["norm"], tolerance * scale) << name;
  const at::Tensor flat = tensor.contiguous().reshape(-1);
  const int64_t count = flat.numel();
  const std::vector<double> samples = wanted["samples"];
  const std::vector<int64_t> places{0, count / 3, count / 2, count - 1};
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_NEAR(flat[places[i]].item<double>(), samples[i], tolerance * scale) << name;
  }
}

}  // namespace train_backbone::models
