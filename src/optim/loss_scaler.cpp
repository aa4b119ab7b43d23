#include "train_backbone/optim/loss_scaler.h"

#include <ATen/ops/_amp_update_scale.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <charconv>
#include <cmath>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/ops/sgd.h"

namespace train_backbone::optim {

std::optional<LossScaling> parse_loss_scaling(std::string_view text, bool is_fp16) {
  const std::string folded = core::fold_name(text);
  if (folded == "none" || (folded == "auto" && !is_fp16)) return std::nullopt;
  if (folded == "dynamic" || folded == "auto") return LossScaling{};
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && stop == text.data() + text.size();
  if (whole && value > 0 && std::isfinite(static_cast<float>(value))) {
    return LossScaling{.dynamic = false, .start = value};
  }
  throw core::UsageError(core::format(
      "--loss_scale {}: give auto, dynamic, none or a number above zero such as 128", text));
}

LossScaler::LossScaler(const LossScaling& settings, const at::Device& device)
    : settings_(settings),
      scale_(at::full({1}, settings.start, at::dtype(at::kFloat).device(device))),
      inverse_scale_(at::ones_like(scale_)),
      good_steps_(at::zeros({1}, at::dtype(at::kInt).device(device))),
      found_infinity_(at::zeros({1}, at::dtype(at::kFloat).device(device))),
      skipped_(at::zeros({1}, at::dtype(at::kInt).device(device))),
      longest_(at::zeros_like(skipped_)) {}

void LossScaler::check(const at::Tensor& gradients) {
  // As GradScaler: the inverse is rounded once from double.
  inverse_scale_.copy_(scale_.to(at::kDouble).reciprocal());
  ops::find_not_finite(gradients, found_infinity_);
}

void LossScaler::update() {
  const at::Tensor skips = found_infinity_.to(at::kInt);
  skipped_.add_(skips).mul_(skips);
  longest_.copy_(at::maximum(longest_, skipped_));
  if (!settings_.dynamic) return;
  at::_amp_update_scale_(scale_, good_steps_, found_infinity_, settings_.growth, settings_.backoff,
                         settings_.growth_interval);
}

LossScale LossScaler::state() const {
  return {.scale = scale_.item<float>(), .good_steps = good_steps_.item<int32_t>()};
}

void LossScaler::go_on_from(const LossScale& state) {
  if (settings_.dynamic) scale_.fill_(state.scale);
  good_steps_.fill_(state.good_steps);
}

}  // namespace train_backbone::optim
