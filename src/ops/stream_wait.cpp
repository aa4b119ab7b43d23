#include "train_backbone/ops/stream_wait.h"

#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace train_backbone::ops {
namespace {

constexpr auto kWithTime = c10::EventFlag::BACKEND_DEFAULT;

class MarkedWait : public StreamWait {
 public:
  explicit MarkedWait(const c10::Stream& stream)
      : begin_(stream.device_type(), kWithTime), end_(stream.device_type(), kWithTime) {
    begin_.record(stream);
  }
  void end(const c10::Stream& stream) { end_.record(stream); }

  [[nodiscard]] bool is_over() const override { return end_.query(); }
  [[nodiscard]] double seconds() const override {
    constexpr double kMilli = 1e-3;
    return kMilli * begin_.elapsedTime(end_);
  }

 private:
  c10::Event begin_;
  c10::Event end_;
};

}  // namespace

std::unique_ptr<StreamWait> mark_wait(c10::Device device, const std::function<void()>& work) {
  const c10::Stream stream = c10::impl::VirtualGuardImpl(device.type()).getStream(device);
  auto wait = std::make_unique<MarkedWait>(stream);
  work();
  wait->end(stream);
  return wait;
}

}  // namespace train_backbone::ops
