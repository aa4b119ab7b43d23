#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace train_backbone::optim {

// What of a loss scaler goes into a checkpoint.
struct LossScale {
  double scale = 1;
  int64_t good_steps = 0;  // in a row, since the scale last changed
};

struct LossScaling {
  bool dynamic = true;
  double start = 65536;
  // Of a dynamic one, as torch.amp.GradScaler's.
  double growth = 2;
  double backoff = 0.5;
  int64_t growth_interval = 2000;
};

// "dynamic", "none" or a number above zero; nothing for "none". "auto" is dynamic where the
// computation is in fp16, whose smallest numbers gradients fall below, else none. Throws
// core::UsageError.
std::optional<LossScaling> parse_loss_scaling(std::string_view text, bool is_fp16);

// Multiplies the loss, so that small gradients do not vanish in fp16, and says by what the update
// has to multiply the gradients. An update whose gradients hold infinity or NaN is to be skipped; a
// dynamic scale shrinks then, and grows after `growth_interval` good updates in a row (as
// torch.amp.GradScaler; its documentation and torch's _amp_update_scale_). Its state lives on the
// gradients' device, and always in the same memory, so that a recorded step finds it. Not thread
// safe.
class LossScaler {
 public:
  explicit LossScaler(const LossScaling& settings, const at::Device& device);

  // What to differentiate in place of `loss`.
  [[nodiscard]] at::Tensor scaled(const at::Tensor& loss) const { return loss * scale_; }
  // After the backward pass, and after the gradients of all ranks were joined: finds out whether
  // `gradients` (flat) are finite. The update then multiplies them by inverse_scale().
  void check(const at::Tensor& gradients);
  // As it was at the last check, [1].
  [[nodiscard]] const at::Tensor& inverse_scale() const { return inverse_scale_; }
  // Of the last gradients, [1]: above 0 where they were not finite.
  [[nodiscard]] const at::Tensor& found_infinity() const { return found_infinity_; }
  // At the end of the update, made or skipped.
  void update();

  // Both wait for the device.
  [[nodiscard]] LossScale state() const;
  // The most updates that were skipped in a row.
  [[nodiscard]] int64_t most_skipped() const { return longest_.item<int32_t>(); }
  // The same on the device, int32 [1], always in the same memory.
  [[nodiscard]] const at::Tensor& longest_skip() const { return longest_; }
  void go_on_from(const LossScale& state);

 private:
  LossScaling settings_;
  at::Tensor scale_;           // fp32 [1]
  at::Tensor inverse_scale_;   // fp32 [1]
  at::Tensor good_steps_;      // int32 [1]
  at::Tensor found_infinity_;  // fp32 [1], 0 or 1
  at::Tensor skipped_;         // int32 [1], updates in a row
  at::Tensor longest_;         // int32 [1], the most that were
};

}  // namespace train_backbone::optim
