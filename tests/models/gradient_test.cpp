#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/resnet.h"
#include "tests/support/golden.h"
#include "tests/support/hashed_values.h"

namespace train_backbone::models {
namespace {

// Relative to the tensor's norm: fp64 sums in another order differ by about 1e-14, a wrong term by
// far more.
constexpr double kTolerance = 1e-9;

at::Tensor hashed_tensor(const std::string& name, at::IntArrayRef shape) {
  return at::tensor(test::hashed_values(name, c10::multiply_integers(shape))).reshape(shape);
}

at::Tensor hashed_state(const std::string& name, const at::Tensor& like) {
  const at::Tensor values = hashed_tensor(name, like.sizes());
  if (like.dim() > 1) {
    return values * std::sqrt(6.0 / static_cast<double>(like.numel() / like.size(0)));
  }
  if (name.ends_with("running_var") || name.ends_with("weight")) return 1.0 + 0.5 * values;
  return 0.25 * values;
}

// C++'s Module::to() turns these into floating point as well, so their type tells nothing.
bool is_counter(const std::string& name) { return name.ends_with("num_batches_tracked"); }

void fill(Classifier& model) {
  const at::NoGradGuard no_grad;
  for (const auto& state : {model.named_parameters(), model.named_buffers()}) {
    for (const auto& entry : state) {
      if (is_counter(entry.key())) continue;
      entry.value().copy_(hashed_state(entry.key(), entry.value()));
    }
  }
}

void expect_tensor(const std::string& name, const at::Tensor& tensor,
                   const nlohmann::json& wanted) {
  const double norm = wanted["norm"];
  EXPECT_NEAR(tensor.norm().item<double>(), norm, kTolerance * norm) << name;
  const at::Tensor flat = tensor.contiguous().reshape(-1);
  const int64_t count = flat.numel();
  const std::vector<double> samples = wanted["samples"];
  const std::vector<int64_t> places{0, count / 3, count / 2, count - 1};
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_NEAR(flat[places[i]].item<double>(), samples[i], kTolerance * norm) << name;
  }
}

struct Case {
  const char* name;
  ResNetSpec spec;
};

class AgainstTimm : public testing::TestWithParam<Case> {
 protected:
  AgainstTimm()
      : wanted_(test::read_golden(std::string("models/") + GetParam().name + ".json")),
        model_(GetParam().spec, wanted_["classes"]),
        images_(
            hashed_tensor("images", {wanted_["batch"], 3, wanted_["height"], wanted_["width"]})) {
    at::set_num_threads(1);  // so small that waiting for a second thread costs more than it helps
    model_.to(at::kDouble);
    fill(model_);
  }

  nlohmann::json wanted_;
  ResNet model_;
  at::Tensor images_;
};

TEST_P(AgainstTimm, LogitsAreEqualInEvaluation) {
  const at::NoGradGuard no_grad;
  model_.eval();
  const std::vector<double> logits = wanted_["eval_logits"];
  const at::Tensor wanted = at::tensor(logits);
  const at::Tensor exact = model_.forward(images_).reshape(-1);
  EXPECT_LE((exact - wanted).abs().max().item<double>(), kTolerance * wanted.norm().item<double>());
  model_.to(at::kFloat);
  const at::Tensor images = images_.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor single = model_.forward(images).reshape(-1).to(at::kDouble);
  EXPECT_LE((single - wanted).abs().max().item<double>(), 1e-5 * wanted.norm().item<double>());
}

TEST_P(AgainstTimm, LossGradientsAndStatisticsAreEqualInTraining) {
  model_.train();
  const int64_t batch = wanted_["batch"];
  const int64_t classes = wanted_["classes"];
  const at::Tensor labels = (at::arange(batch) * 3 + 1).remainder(classes);
  const at::Tensor loss =
      at::cross_entropy_loss(model_.forward(images_), labels, {}, at::Reduction::Mean, -100,
                             wanted_["label_smoothing"].get<double>());
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), wanted_["loss"], kTolerance);
  const auto parameters = model_.named_parameters();
  ASSERT_EQ(parameters.size(), wanted_["gradients"].size());
  for (const auto& entry : parameters) {
    ASSERT_TRUE(entry.value().grad().defined()) << entry.key();
    expect_tensor(entry.key(), entry.value().grad(), wanted_["gradients"][entry.key()]);
  }
  for (const auto& entry : model_.named_buffers()) {
    if (is_counter(entry.key())) {
      EXPECT_EQ(entry.value().item<double>(), 1) << entry.key();
    } else {
      expect_tensor(entry.key(), entry.value(), wanted_["statistics"][entry.key()]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, AgainstTimm,
    testing::Values(
        Case{"basic_b", {"basic_b", BlockKind::kBasic, {2, 2, 2, 2}, false, false}},
        Case{"basic_d", {"basic_d", BlockKind::kBasic, {2, 2, 2, 2}, true, true}},
        Case{"bottleneck_b", {"bottleneck_b", BlockKind::kBottleneck, {2, 1, 1, 1}, false, false}},
        Case{"bottleneck_c", {"bottleneck_c", BlockKind::kBottleneck, {2, 1, 1, 1}, true, false}},
        Case{"bottleneck_d", {"bottleneck_d", BlockKind::kBottleneck, {2, 1, 1, 1}, true, true}}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace train_backbone::models
