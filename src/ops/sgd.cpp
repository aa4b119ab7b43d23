#include "train_backbone/ops/sgd.h"

#include <algorithm>
#include <stdexcept>

#include "ops/parallel.h"
#include "ops/sgd_aten.h"
#include "ops/sgd_cpu.h"
#include "train_backbone/core/format.h"

namespace train_backbone::ops {
namespace {

// Elements that one thread takes at a time: 3 x 256 KiB, about what a core's second cache holds.
constexpr int64_t kBlock = int64_t{1} << 16;

void check(const at::Tensor& tensor, const char* name, int64_t count, c10::Device device) {
  const bool good = tensor.scalar_type() == at::kFloat && tensor.device() == device &&
                    tensor.is_contiguous() && tensor.dim() == 1 && tensor.numel() == count;
  if (good) return;
  throw std::invalid_argument(
      core::format("nesterov_sgd: {} must be a flat fp32 tensor of {} elements on {}", name, count,
                   device.str()));
}

}  // namespace

void nesterov_sgd(at::Tensor weights, const at::Tensor& gradients, at::Tensor momentum,
                  const SgdCoefficients& coefficients, const at::Tensor& skip) {
  const int64_t count = weights.numel();
  const c10::Device device = weights.device();
  check(weights, "weights", count, device);
  check(gradients, "gradients", count, device);
  check(momentum, "momentum", count, device);
  if (!device.is_cpu()) {
    nesterov_sgd_aten(weights, gradients, momentum, coefficients, skip);
    return;
  }
  if (skip.defined() && skip.item<float>() > 0) return;
  const NesterovFactors factors{.learning_rate = static_cast<float>(coefficients.learning_rate),
                                .momentum = static_cast<float>(coefficients.momentum),
                                .weight_decay = static_cast<float>(coefficients.weight_decay)};
  float* const w = weights.mutable_data_ptr<float>();
  const float* const g = gradients.const_data_ptr<float>();
  float* const m = momentum.mutable_data_ptr<float>();
  parallel_ranges((count + kBlock - 1) / kBlock, [&](int64_t first_block, int64_t end_block) {
    const int64_t begin = first_block * kBlock;
    const int64_t end = std::min(count, end_block * kBlock);
    nesterov_sgd_cpu(w + begin, g + begin, m + begin, end - begin, factors);
  });
}

}  // namespace train_backbone::ops
