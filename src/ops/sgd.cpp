#include "train_backbone/ops/sgd.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>

#include "ops/gpu_kernels.h"
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

bool is_scalar(const at::Tensor& tensor, c10::Device device) {
  return tensor.scalar_type() == at::kFloat && tensor.numel() == 1 && tensor.device() == device;
}

void check_extras(const SgdExtras& extras, const at::Tensor& weights) {
  for (const at::Tensor& scalar : {extras.skip, extras.learning_rate, extras.inverse_scale}) {
    if (!scalar.defined() || is_scalar(scalar, weights.device())) continue;
    throw std::invalid_argument(
        "nesterov_sgd: skip, learning_rate and inverse_scale must be single fp32 values on the "
        "weights' device");
  }
  const at::Tensor& copy = extras.copy;
  if (!copy.defined()) return;
  const bool good = (copy.scalar_type() == at::kBFloat16 || copy.scalar_type() == at::kHalf) &&
                    copy.device() == weights.device() && copy.is_contiguous() &&
                    copy.sizes() == weights.sizes();
  if (good) return;
  throw std::invalid_argument(
      "nesterov_sgd: the copy must be bf16 or fp16, flat, and as long as the weights");
}

// Kernels on GPUs read and write 16 bytes at once; parts of an arena begin so.
bool in_words(std::initializer_list<at::Tensor> tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const at::Tensor& tensor) {
    return !tensor.defined() || reinterpret_cast<uintptr_t>(tensor.const_data_ptr()) % 16 == 0;
  });
}

// Calls work(first element, count) for the blocks of the arena, on the compute threads.
template <class Work>
void for_blocks(int64_t count, const Work& work) {
  parallel_ranges((count + kBlock - 1) / kBlock, [&](int64_t first_block, int64_t end_block) {
    const int64_t begin = first_block * kBlock;
    work(begin, std::min(count, end_block * kBlock) - begin);
  });
}

void update_on_cpu(const at::Tensor& weights, const at::Tensor& gradients,
                   const at::Tensor& momentum, const NesterovFactors& factors,
                   const SgdExtras& extras) {
  float* const w = weights.mutable_data_ptr<float>();
  const float* const g = gradients.const_data_ptr<float>();
  float* const m = momentum.mutable_data_ptr<float>();
  const bool bf16_copy = extras.copy.defined() && extras.copy.scalar_type() == at::kBFloat16;
  Bfloat16* const copy = bf16_copy ? static_cast<Bfloat16*>(extras.copy.data_ptr()) : nullptr;
  if (copy == nullptr && !extras.inverse_scale.defined()) {
    for_blocks(weights.numel(), [&](int64_t begin, int64_t count) {
      nesterov_sgd_cpu(w + begin, g + begin, m + begin, count, factors);
    });
    return;
  }
  const float scale = extras.inverse_scale.defined() ? extras.inverse_scale.item<float>() : 1.0F;
  for_blocks(weights.numel(), [&](int64_t begin, int64_t count) {
    nesterov_sgd_scaled_cpu(w + begin, g + begin, m + begin, bf16_copy ? copy + begin : nullptr,
                            count, factors, scale);
  });
}

bool are_finite_on_cpu(const at::Tensor& gradients) {
  const float* const g = gradients.const_data_ptr<float>();
  std::atomic<bool> finite = true;
  for_blocks(gradients.numel(), [&](int64_t begin, int64_t count) {
    uint32_t seen = 0;
    find_not_finite_cpu(g + begin, count, seen);
    if (seen != 0) finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

}  // namespace

void nesterov_sgd(at::Tensor weights, const at::Tensor& gradients, at::Tensor momentum,
                  const SgdCoefficients& coefficients, const SgdExtras& extras) {
  const int64_t count = weights.numel();
  const c10::Device device = weights.device();
  check(weights, "weights", count, device);
  check(gradients, "gradients", count, device);
  check(momentum, "momentum", count, device);
  check_extras(extras, weights);
  if (!device.is_cpu()) {
    if (device.is_cuda() && has_gpu_kernels() &&
        in_words({weights, gradients, momentum, extras.copy})) {
      nesterov_sgd_gpu(weights, gradients, momentum, coefficients, extras);
    } else {
      nesterov_sgd_aten(weights, gradients, momentum, coefficients, extras);
    }
    return;
  }
  if (extras.skip.defined() && extras.skip.item<float>() > 0) return;
  auto rate = static_cast<float>(coefficients.learning_rate);
  if (extras.learning_rate.defined()) rate *= extras.learning_rate.item<float>();
  update_on_cpu(weights, gradients, momentum,
                {.learning_rate = rate,
                 .momentum = static_cast<float>(coefficients.momentum),
                 .weight_decay = static_cast<float>(coefficients.weight_decay)},
                extras);
  // Only bf16 is written on the way.
  if (extras.copy.defined() && extras.copy.scalar_type() == at::kHalf) extras.copy.copy_(weights);
}

void find_not_finite(const at::Tensor& gradients, at::Tensor found) {
  const c10::Device device = gradients.device();
  check(gradients, "gradients", gradients.numel(), device);
  if (!is_scalar(found, device)) {
    throw std::invalid_argument(
        "find_not_finite: found must be a single fp32 value on the gradients' device");
  }
  if (device.is_cpu()) {
    found.fill_(are_finite_on_cpu(gradients) ? 0 : 1);
  } else if (device.is_cuda() && has_gpu_kernels() && in_words({gradients})) {
    find_not_finite_gpu(gradients, found);
  } else {
    find_not_finite_aten(gradients, found);
  }
}

}  // namespace train_backbone::ops
