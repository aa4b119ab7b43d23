// Models, and the original's variants, against timm on the same weights.
#include <algorithm>

#include "tests/models/parity_fixture.h"

namespace train_backbone::models {
namespace {

// fp64 sums in another order differ by about 1e-14 of a value; a wrong term by far more.
constexpr double kLogits = 1e-9;     // of the logits' norm
constexpr double kGradients = 1e-8;  // of the largest gradient's norm
constexpr double kSingle = 1e-4;     // fp32 against fp64, of the logits' norm

TEST_P(Parity, LogitsInEvaluation) {
  const at::NoGradGuard no_grad;
  model_->eval();
  const std::vector<double> logits = wanted()["eval_logits"];
  const at::Tensor wanted_logits = at::tensor(logits);
  EXPECT_LE(difference(model_->forward(images_).reshape(-1), wanted_logits), kLogits);
  model_->to(at::kFloat);
  const at::Tensor images = images_.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor single = model_->forward(images).reshape(-1).to(at::kDouble);
  EXPECT_LE(difference(single, wanted_logits), kSingle);
}

TEST_P(Parity, LossGradientsAndStatisticsOfATrainingStep) {
  model_->train();
  const at::Tensor step_loss = loss();
  step_loss.backward();
  EXPECT_NEAR(step_loss.item<double>(), wanted()["loss"], kLogits);
  const auto parameters = model_->named_parameters();
  ASSERT_EQ(parameters.size(), wanted()["gradients"].size());
  double largest = 0;
  for (const auto& gradient : wanted()["gradients"]) {
    largest = std::max(largest, gradient["norm"].get<double>());
  }
  for (const auto& entry : parameters) {
    ASSERT_TRUE(entry.value().grad().defined()) << entry.key();
    expect_tensor(entry.key(), entry.value().grad(), wanted()["gradients"].at(entry.key()),
                  kGradients, largest);
  }
  size_t statistics = 0;
  for (const auto& entry : model_->named_buffers()) {
    // C++'s Module::to() turns the counters into floating point as well.
    if (entry.key().ends_with("num_batches_tracked")) {
      EXPECT_EQ(entry.value().item<double>(), 1) << entry.key();
      continue;
    }
    const nlohmann::json& expected = wanted()["statistics"].at(entry.key());
    expect_tensor(entry.key(), entry.value(), expected, kLogits, expected["norm"]);
    ++statistics;
  }
  EXPECT_EQ(statistics, wanted()["statistics"].size());
}

TEST_P(Features, AreThoseOfTimmsFeaturesOnly) {
  const at::NoGradGuard no_grad;
  model_->eval();
  const std::vector<at::Tensor> maps = model_->features(images_);
  const std::vector<FeatureMap> described = model_->feature_maps();
  ASSERT_EQ(maps.size(), 4U);
  ASSERT_EQ(described.size(), 4U);
  for (size_t i = 0; i < maps.size(); ++i) {
    const nlohmann::json& expected = wanted()["features"][i];
    const std::vector<int64_t> shape = expected["shape"];
    EXPECT_EQ(maps[i].sizes(), at::IntArrayRef(shape)) << i;
    expect_tensor("C" + std::to_string(i + 2), maps[i], expected, kLogits, expected["norm"]);
    EXPECT_EQ(described[i].level, static_cast<int>(i) + 2);
    EXPECT_EQ(described[i].channels, shape[1]);
    EXPECT_EQ(described[i].stride, expected["stride"]);
  }
}

}  // namespace
}  // namespace train_backbone::models
