#include "comm/sums_wait.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <thread>

#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds kPatience(1000);
constexpr std::chrono::microseconds kPause(50);

}  // namespace

void wait_until(const std::function<bool()>& is_done, DeviceRanks& ranks,
                std::chrono::milliseconds limit) {
  const Clock::time_point begin = Clock::now();
  while (!is_done()) {
    ranks.check();
    const auto waited = Clock::now() - begin;
    if (waited >= limit) {
      throw LostPeer(core::format(
          "NCCL: sums between the ranks' GPUs did not come to an end within {} s (firewalls, "
          "NCCL_SOCKET_IFNAME, NCCL_DEBUG=INFO)",
          std::chrono::duration<double>(limit).count()));
    }
    if (waited < kPatience) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kPause);
    }
  }
}

void wait_for_sums(DeviceRanks& ranks, c10::Device device, std::chrono::milliseconds limit) {
  if (device.is_cpu()) return;
  c10::Event done(device.type());
  done.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  wait_until([&] { return done.query(); }, ranks, limit);
}

void connect(DeviceRanks& ranks, const at::Tensor& zeros, int64_t bucket_bytes) {
  const int64_t bucket = bucket_bytes / static_cast<int64_t>(zeros.element_size());
  for (const int64_t count : {int64_t{1}, std::clamp<int64_t>(bucket, 1, zeros.numel())}) {
    ranks.begin(zeros.narrow(0, 0, count), DeviceRanks::Operation::kSum);
    ranks.join();
  }
  wait_for_sums(ranks, zeros.device());
}

}  // namespace train_backbone::comm
