#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <exception>
#include <string>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/ops/graph.h"

namespace train_backbone::ops {
namespace {

class CudaGraph : public Graph {
 public:
  void record(const std::function<at::Tensor()>& work) override {
    std::string failure;
    try {
      c10::cuda::getCurrentCUDAStream().synchronize();
      // The graph takes memory of its own, and while it records nothing kept can be given back.
      c10::cuda::CUDACachingAllocator::emptyCache();
      // Other threads, which read and decode, may allocate meanwhile.
      graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    } catch (const std::exception& error) {
      forget_error();
      fail(error.what());
    }
    try {
      output_ = work();
    } catch (const std::exception& error) {
      failure = error.what();
    }
    // Also after a failure: the stream records until then.
    try {
      graph_.capture_end();
    } catch (const std::exception& error) {
      if (failure.empty()) failure = error.what();
    }
    if (failure.empty()) return;
    output_.reset();
    forget_error();
    fail(failure);
  }

  const at::Tensor& replay() override {
    graph_.replay();
    return output_;
  }

 private:
  // The next call does not meet it again.
  static void forget_error() { cudaGetLastError(); }
  [[noreturn]] static void fail(const std::string& why) {
    throw core::DeviceError(core::format("a step could not be recorded as one graph: {}", why));
  }

  at::cuda::CUDAGraph graph_;
  at::Tensor output_;  // in the graph's own memory
};

}  // namespace

std::unique_ptr<Graph> make_graph(c10::Device device) {
  return device.is_cuda() ? std::make_unique<CudaGraph>() : nullptr;
}

}  // namespace train_backbone::ops
