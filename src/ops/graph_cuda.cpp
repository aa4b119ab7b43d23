#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>
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
    const Pool pool = at::cuda::graph_pool_handle();
    std::string failure;
    try {
      c10::cuda::getCurrentCUDAStream().synchronize();
      // Other threads, which read and decode, may allocate meanwhile.
      graph_.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    } catch (const std::exception& error) {
      fail(error.what(), pool);
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
    fail(failure, pool);
  }

  const at::Tensor& replay() override {
    graph_.replay();
    return output_;
  }

 private:
  using Pool = decltype(at::cuda::graph_pool_handle());

  [[noreturn]] static void fail(const std::string& why, const Pool& pool) {
    cudaGetLastError();  // the next call does not meet it again
    end_recording(pool);
    throw core::DeviceError(core::format("a step could not be recorded as one graph: {}", why));
  }
  // A recording that cannot even be ended goes on for LibTorch's allocator: what two streams have
  // used, as each batch of pixels, would never come back.
  static void end_recording(const Pool& pool) {
    try {
      const c10::DeviceIndex device = c10::cuda::current_device();
      c10::cuda::CUDACachingAllocator::endAllocateToPool(device, pool);
      c10::cuda::CUDACachingAllocator::releasePool(device, pool);
    } catch (const c10::Error&) {
      // It had ended, or not begun: the graph gives back the pool that it has.
    }
  }

  at::cuda::CUDAGraph graph_;
  at::Tensor output_;  // in the graph's own memory
};

}  // namespace

std::unique_ptr<Graph> make_graph(c10::Device device) {
  return device.is_cuda() ? std::make_unique<CudaGraph>() : nullptr;
}

}  // namespace train_backbone::ops
