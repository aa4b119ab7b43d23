#include "ops/upload.h"

#include <ATen/ops/empty.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "train_backbone/ops/stream_wait.h"

namespace train_backbone::ops {
namespace {

c10::impl::VirtualGuardImpl backend_of(c10::Device device) {
  return c10::impl::VirtualGuardImpl(device.type());
}

}  // namespace

Upload::Upload(c10::Device device)
    : device_(device),
      copies_(backend_of(device).getStreamFromGlobalPool(device)),
      copied_(device.type()) {}

// LibTorch's allocators keep the pinned memory until the copy is done, and the memory on the GPU
// (which belongs to the stream of copies) until the current stream has used it.
at::Tensor Upload::operator()(std::span<const uint8_t> bytes) {
  const auto size = static_cast<int64_t>(bytes.size());
  const at::Tensor host =
      at::empty({size}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
  std::copy(bytes.begin(), bytes.end(), host.mutable_data_ptr<uint8_t>());
  at::Tensor pixels;
  {
    const c10::StreamGuard on_copies(copies_);
    pixels = host.to(device_, /*non_blocking=*/true);
    copied_.record(copies_);
  }
  const c10::Stream current = backend_of(device_).getStream(device_);
  waits_.add(mark_wait(device_, [&] { copied_.block(current); }));
  pixels.record_stream(current);
  return pixels;
}

at::Tensor copy_to_gpu(const at::Tensor& host, c10::Device device) {
  return host.pin_memory().to(device, /*non_blocking=*/true);
}

}  // namespace train_backbone::ops
