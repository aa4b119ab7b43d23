#include "train_backbone/ops/flat_arena.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <stdexcept>

#include "train_backbone/core/format.h"

namespace train_backbone::ops {
namespace {

using NamedTensor = std::pair<std::string, at::Tensor>;

// Every parameter starts on a cache line; the gaps stay zero in weights, gradients and momentum.
constexpr int64_t kAlignment = 16;

int64_t aligned(int64_t elements) { return (elements + kAlignment - 1) / kAlignment * kAlignment; }

std::vector<int64_t> arena_strides(at::IntArrayRef sizes) {
  std::vector<int64_t> strides(sizes.size());
  if (sizes.size() == 4) {
    return {sizes[1] * sizes[2] * sizes[3], 1, sizes[3] * sizes[1], sizes[1]};
  }
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= sizes[i];
  }
  return strides;
}

void check(const ArenaParameter& parameter) {
  const at::Tensor& tensor = parameter.tensor;
  if (tensor.scalar_type() != at::kFloat || !tensor.is_cpu() || !tensor.is_leaf() ||
      !tensor.requires_grad()) {
    throw std::invalid_argument(core::format(
        "FlatArena: '{}' must be an fp32 leaf tensor on the CPU that requires a gradient",
        parameter.name));
  }
}

}  // namespace

FlatArena::FlatArena(std::vector<ArenaParameter> parameters) {
  std::stable_sort(parameters.begin(), parameters.end(),
                   [](const auto& a, const auto& b) { return a.group < b.group; });
  int64_t total = 0;
  for (const ArenaParameter& parameter : parameters) {
    check(parameter);
    const at::Tensor& tensor = parameter.tensor;
    slots_.push_back({parameter.name, tensor.sizes().vec(), arena_strides(tensor.sizes()), total});
    if (segments_.empty() || segments_.back().group != parameter.group) {
      segments_.push_back({.begin = total, .end = total, .group = parameter.group});
    }
    total += aligned(tensor.numel());
    segments_.back().end = total;
  }
  const at::NoGradGuard no_grad;
  weights_ = at::zeros({total}, at::kFloat);
  gradients_ = at::zeros({total}, at::kFloat);
  const auto weight_views = views_of(weights_);
  const auto gradient_views = views_of(gradients_);
  for (size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& tensor = parameters[i].tensor;
    weight_views[i].second.copy_(tensor);
    tensor.set_data(weight_views[i].second);
    tensor.mutable_grad() = gradient_views[i].second;
  }
}

void FlatArena::zero_gradients() { gradients_.zero_(); }

std::vector<NamedTensor> FlatArena::views_of(const at::Tensor& flat) const {
  if (flat.dim() != 1 || flat.numel() != weights_.numel()) {
    throw std::invalid_argument(
        core::format("FlatArena: a flat tensor of {} elements is needed, got {}", weights_.numel(),
                     flat.numel()));
  }
  std::vector<NamedTensor> views;
  views.reserve(slots_.size());
  for (const Slot& slot : slots_) {
    views.emplace_back(slot.name, flat.as_strided(slot.sizes, slot.strides, slot.offset));
  }
  return views;
}

}  // namespace train_backbone::ops
