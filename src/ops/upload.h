#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <span>

#include "train_backbone/ops/wait_clock.h"

namespace train_backbone::ops {

// Copies bytes to a GPU beside its work. Not thread safe.
class Upload {
 public:
  explicit Upload(c10::Device device);

  // uint8 [bytes.size()] on the device, for the current stream, which waits for the copy; the host
  // does not. `bytes` may be changed at once.
  at::Tensor operator()(std::span<const uint8_t> bytes);
  // That the stream of the calls has stood still for copies, as far as the host knows by now.
  [[nodiscard]] double seconds_waited() const { return waits_.seconds(); }

 private:
  c10::Device device_;
  c10::Stream copies_;
  c10::Event copied_;
  WaitClock waits_;
};

// A host's tensor on a GPU, copied in the order of the current stream through pinned memory.
at::Tensor copy_to_gpu(const at::Tensor& host, c10::Device device);

}  // namespace train_backbone::ops
