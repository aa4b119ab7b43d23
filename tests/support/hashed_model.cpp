#include "tests/support/hashed_model.h"

#include <ATen/ATen.h>

#include <cmath>

#include "tests/support/hashed_values.h"

namespace train_backbone::test {
namespace {

at::Tensor hashed_state(const std::string& name, const at::Tensor& like) {
  const at::Tensor values = hashed_tensor(name, like.sizes());
  if (like.dim() > 1) {
    return values * std::sqrt(6.0 / static_cast<double>(like.numel() / like.size(0)));
  }
  if (name.ends_with("running_var") || name.ends_with("weight")) return 1.0 + 0.5 * values;
  return 0.25 * values;
}

}  // namespace

at::Tensor hashed_tensor(const std::string& name, at::IntArrayRef shape) {
  return at::tensor(hashed_values(name, c10::multiply_integers(shape))).reshape(shape);
}

void fill_with_hashed_values(torch::nn::Module& model) {
  const at::NoGradGuard no_grad;
  for (const auto& state : {model.named_parameters(), model.named_buffers()}) {
    for (const auto& entry : state) {
      if (entry.key().ends_with("num_batches_tracked")) continue;
      entry.value().copy_(hashed_state(entry.key(), entry.value()));
    }
  }
}

}  // namespace train_backbone::test
