#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/golden.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::models {

// A model in fp64 with the hashed weights, pictures and labels of tests/golden/make_models.py, and
// what timm's answered for them. The parameter names the golden file; "original_NAME" is the
// network of aws-samples' program.
class ParityFixture : public testing::TestWithParam<std::string> {
 protected:
  ParityFixture();

  // Cross-entropy with the golden file's label smoothing.
  at::Tensor loss();
  [[nodiscard]] const nlohmann::json& wanted() const { return wanted_; }
  // The largest difference, relative to the norm of what is wanted.
  static double difference(const at::Tensor& got, const at::Tensor& wanted);
  // Norm and samples of a tensor; `tolerance` times `scale` is allowed.
  static void expect_tensor(const std::string& name, const at::Tensor& tensor,
                            const nlohmann::json& wanted, double tolerance, double scale);

  nlohmann::json wanted_;
  std::shared_ptr<Backbone> model_;
  at::Tensor images_;  // [N, 3, H, W]
};

// The tests are in parity_test.cpp and curve_test.cpp; which models they run on says the file with
// their instantiation: quick_models.cpp (the unit lane), all_models.cpp (the slow lane).
class Parity : public ParityFixture {};
class Features : public ParityFixture {};
class Curve : public ParityFixture {};

}  // namespace train_backbone::models
