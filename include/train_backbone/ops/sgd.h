#pragma once

#include <ATen/core/Tensor.h>

namespace train_backbone::ops {

struct SgdCoefficients {
  double learning_rate = 0;
  double momentum = 0;      // 0 <= momentum < 1
  double weight_decay = 0;  // as in torch: added to the gradient times the weight
};

// What may go along with an update, each undefined or on the weights' device.
struct SgdExtras {
  at::Tensor skip{};           // fp32 [1]: where it is above 0, nothing changes
  at::Tensor learning_rate{};  // fp32 [1]: the coefficients' learning rate is multiplied by it
  at::Tensor inverse_scale{};  // fp32 [1]: gradients are multiplied by it first
  at::Tensor copy{};  // 16-bit, as long as the weights: they are written there, too, rounded
};

// One pass of Nesterov SGD over flat fp32 tensors of the same length, in place:
//   g' = g + weight_decay * w;  m = momentum * m + g';  w = w - learning_rate * (g' + momentum * m)
// (torch.optim.SGD with nesterov=True, dampening=0; with m = 0 before the first step the two
// agree.) The gradient is not changed. On the CPU elementwise and without fused multiply-adds, so
// that the result depends neither on threads nor on the CPU's kind; on a GPU equal up to rounding.
// Throws std::invalid_argument for other tensors, and for tensors on several devices.
void nesterov_sgd(at::Tensor weights, const at::Tensor& gradients, at::Tensor momentum,
                  const SgdCoefficients& coefficients, const SgdExtras& extras = {});

// Sets `found`, fp32 [1] on the gradients' device, to 1 where one of the flat fp32 `gradients` is
// infinite or NaN, else to 0. Reads them once; does not wait for a GPU. Throws
// std::invalid_argument for other tensors.
void find_not_finite(const at::Tensor& gradients, at::Tensor found);

}  // namespace train_backbone::ops
