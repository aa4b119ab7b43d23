#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

namespace train_backbone::ops {

// Work for a device that is recorded once and then handed out as a whole. Not thread safe.
class Graph {
 public:
  virtual ~Graph() = default;
  // Records what `work` hands out to the current stream, which must not be the default one; nothing
  // of it is computed. Work that waits for the device cannot be recorded. Once per object. Throws
  // core::DeviceError, with nothing left behind on the device.
  virtual void record(const std::function<at::Tensor()>& work) = 0;
  // Computes what was recorded, in the order of the current stream and with what the recorded
  // memory holds then. Returns what `work` did: memory that the next replay overwrites.
  virtual const at::Tensor& replay() = 0;
};

// Nothing where the device or the build has no graphs.
std::unique_ptr<Graph> make_graph(c10::Device device);

}  // namespace train_backbone::ops
