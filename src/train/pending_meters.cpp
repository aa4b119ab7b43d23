#include "train_backbone/train/pending_meters.h"

#include <ATen/ops/empty.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <thread>
#include <utility>

#include "train_backbone/train/loss.h"

namespace train_backbone::train {
namespace {

constexpr std::chrono::microseconds kPause(50);

}  // namespace

PendingMeters::PendingMeters(const at::Tensor& sums, std::function<void()> while_waiting)
    : host_sums_(sums), while_waiting_(std::move(while_waiting)) {
  if (sums.is_cpu()) return;
  host_sums_ = at::empty(sums.sizes(), at::TensorOptions(at::kDouble).pinned_memory(true));
  copied_.emplace(sums.device().type());
  host_sums_.copy_(sums, /*non_blocking=*/true);
  copied_->record(c10::impl::VirtualGuardImpl(sums.device().type()).getStream(sums.device()));
}

// Asleep rather than in a call of the driver, which would not return when a rank is lost.
Meters PendingMeters::get() const {
  if (was_done()) return meters_;
  while (copied_ && !copied_->query()) {
    if (while_waiting_) while_waiting_();
    std::this_thread::sleep_for(kPause);
  }
  return meters_of(host_sums_);
}

}  // namespace train_backbone::train
