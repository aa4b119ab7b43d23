#include "train_backbone/train/loss.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"
#include "tests/support/hashed_values.h"

namespace train_backbone::train {
namespace {

TEST(CrossEntropy, LossAndGradientEqualPythonTorch) {
  // fp32 against fp64: logits below 4 in size.
  constexpr double kLossTolerance = 2e-6;
  constexpr double kGradientTolerance = 2e-7;
  for (const auto& wanted : test::read_golden("train/loss.json")) {
    const int64_t samples = wanted["samples"];
    const int64_t classes = wanted["classes"];
    const std::string name = wanted["name"];
    at::Tensor logits = (4 * at::tensor(test::hashed_values(name, samples * classes)))
                            .to(at::kFloat)
                            .reshape({samples, classes})
                            .requires_grad_();
    MixedLabels labels{.labels = label_tensor(wanted["labels"].get<std::vector<int64_t>>()),
                       .partner_labels = {},
                       .weight = {}};
    if (wanted["mixed"]) {
      labels.partner_labels = label_tensor(wanted["partners"].get<std::vector<int64_t>>());
      labels.weight = at::tensor(wanted["weight"].get<std::vector<double>>()).to(at::kFloat);
    }
    const at::Tensor loss = cross_entropy(logits, labels, wanted["smoothing"]);
    EXPECT_NEAR(loss.item<double>(), wanted["loss"], kLossTolerance) << name;
    loss.backward();
    const std::vector<double> gradient = wanted["gradient"];
    const at::Tensor got = logits.grad().flatten();
    for (size_t i = 0; i < gradient.size(); ++i) {
      EXPECT_NEAR(got[static_cast<int64_t>(i)].item<double>(), gradient[i], kGradientTolerance)
          << name << " at " << i;
    }
  }
}

TEST(CrossEntropy, IsFiniteForLogitsThatOverflowExp) {
  const at::Tensor logits = at::tensor({1000.0F, -1000.0F}).reshape({1, 2});
  const MixedLabels wrong{
      .labels = label_tensor(std::vector<int64_t>{1}), .partner_labels = {}, .weight = {}};
  EXPECT_FLOAT_EQ(cross_entropy(logits, wrong, 0).item<float>(), 2000);
}

TEST(CountCorrect, CountsTop1AndTop5) {
  // Row i prefers classes i, i + 1, ... in this order.
  at::Tensor logits = at::full({3, 8}, 0.0F);
  for (int64_t row = 0; row < 3; ++row) {
    for (int64_t place = 0; place < 8; ++place) {
      logits[row][(row + place) % 8] = static_cast<float>(8 - place);
    }
  }
  const std::vector<int64_t> labels{0, 5, 7};  // places 0, 4 and 5
  const Meters meters = count_correct(logits, labels);
  EXPECT_EQ(meters, (Meters{.loss_sum = 0, .top1 = 1, .top5 = 2, .count = 3}));
}

// Ties, NaN and infinity count alike, whoever counts.
TEST(CountWithLoss, CountsAsCountCorrectDoes) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  at::manual_seed(3);
  at::Tensor logits = at::randint(4, {60, 9}, at::kFloat);  // many ties
  logits[0][2] = kNaN;
  logits[1][3] = kNaN;
  logits[2][3] = kInfinity;
  logits[3].fill_(kNaN);
  std::vector<int64_t> labels(60, 3);
  for (size_t i = 4; i < labels.size(); ++i) labels[i] = static_cast<int64_t>(i % 9);
  const at::Tensor mean_loss = at::full({}, 0.25F);
  Meters expected = count_correct(logits, labels);
  expected.loss_sum = 15;
  EXPECT_EQ(meters_of(count_with_loss(logits, label_tensor(labels), mean_loss)), expected);
  EXPECT_GT(expected.top1, 0);
  EXPECT_LT(expected.top5, 60);
}

TEST(CountCorrect, ReadsTransposedLogitsRight) {
  const at::Tensor logits =
      at::tensor({1.0F, 9.0F, 5.0F, 0.0F, 0.0F, 7.0F}).reshape({3, 2}).t();  // [2, 3]
  EXPECT_EQ(count_correct(logits, std::vector<int64_t>{1, 0}).top1, 2);
}

}  // namespace
}  // namespace train_backbone::train
