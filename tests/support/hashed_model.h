#pragma once

#include <torch/nn/module.h>

#include <string>

namespace train_backbone::test {

// hashed_values of that name and shape, fp64.
at::Tensor hashed_tensor(const std::string& name, at::IntArrayRef shape);

// Gives every parameter and statistic of a model the values that belong to its name, as
// tests/golden/make_models.py does: convolution and dense weights by He's rule, scales and
// variances in [0.5, 1.5), the rest in [-0.25, 0.25).
void fill_with_hashed_values(torch::nn::Module& model);

}  // namespace train_backbone::test
