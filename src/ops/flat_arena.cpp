#include "train_backbone/ops/flat_arena.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>
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

void check(const ArenaParameter& parameter, const at::TensorOptions& like) {
  const at::Tensor& tensor = parameter.tensor;
  const at::ScalarType type = tensor.scalar_type();
  const bool known = type == at::kFloat || type == at::kDouble;
  if (!known || like.dtype() != type || like.device() != tensor.device() || !tensor.is_leaf() ||
      !tensor.requires_grad()) {
    throw std::invalid_argument(
        core::format("FlatArena: '{}' must be a leaf tensor that requires a gradient, fp32 or fp64 "
                     "and on a device like the others",
                     parameter.name));
  }
}

}  // namespace

FlatArena::FlatArena(std::vector<ArenaParameter> parameters) {
  const at::TensorOptions like = parameters.empty()
                                     ? at::TensorOptions(at::kFloat)
                                     : parameters.front().tensor.options().requires_grad(false);
  for (const ArenaParameter& parameter : parameters) check(parameter, like);
  const int64_t total = lay_out(parameters);
  const at::NoGradGuard no_grad;
  weights_ = at::zeros({total}, like);
  gradients_ = at::zeros({total}, like);
  const auto weight_views = views_of(weights_);
  const auto gradient_views = views_of(gradients_);
  for (size_t i = 0; i < slots_.size(); ++i) {
    const at::Tensor& tensor = slots_[i].tensor;
    weight_views[i].second.copy_(tensor);
    tensor.set_data(weight_views[i].second);
    tensor.mutable_grad() = gradient_views[i].second;
  }
}

int64_t FlatArena::lay_out(const std::vector<ArenaParameter>& parameters) {
  std::vector<size_t> order(parameters.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return parameters[a].group < parameters[b].group; });
  int64_t total = 0;
  for (const size_t i : order) {
    const auto& [name, tensor, group] = parameters[i];
    slots_.push_back(
        {.name = name, .tensor = tensor, .offset = total, .elements = tensor.numel(), .order = i});
    if (segments_.empty() || segments_.back().group != group) {
      segments_.push_back({.begin = total, .end = total, .group = group});
    }
    total += aligned(tensor.numel());
    segments_.back().end = total;
  }
  return total;
}

void FlatArena::keep_copy(at::ScalarType type) { copy_ = weights_.to(type); }

void FlatArena::zero_gradients() { gradients_.zero_(); }

std::vector<NamedTensor> FlatArena::views_of(const at::Tensor& flat) const {
  if (flat.dim() != 1 || flat.numel() != weights_.numel()) {
    throw std::invalid_argument(
        core::format("FlatArena: a flat tensor of {} elements is needed, got {}", weights_.numel(),
                     flat.numel()));
  }
  std::vector<NamedTensor> views;
  views.reserve(slots_.size());
  for (const ArenaSlot& slot : slots_) {
    const at::IntArrayRef sizes = slot.tensor.sizes();
    views.emplace_back(slot.name, flat.as_strided(sizes, arena_strides(sizes), slot.offset));
  }
  return views;
}

}  // namespace train_backbone::ops
