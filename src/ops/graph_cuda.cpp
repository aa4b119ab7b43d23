#include <ATen/cuda/CUDAGraph.h>
#include <ATen/cuda/CachingHostAllocator.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <torch/version.h>

#include <exception>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/ops/graph.h"

namespace train_backbone::ops {
namespace {

using Pool = decltype(at::cuda::graph_pool_handle());

void end_gpu_pool(const Pool& pool) {
  namespace allocator = c10::cuda::CUDACachingAllocator;
  const c10::DeviceIndex device = c10::cuda::current_device();
  allocator::endAllocateToPool(device, pool);
  allocator::releasePool(device, pool);
}

#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 11
void end_pinned_pool(const Pool& pool) {
  at::HostAllocator* const allocator = at::getHostAllocator(at::kCUDA);
  allocator->end_allocate_to_pool(pool);
  allocator->release_pool(pool);
}
#else
void end_pinned_pool(const Pool& /*pool*/) {}  // recordings have no pinned memory of their own
#endif

class CudaGraph : public Graph {
 public:
  void record(const std::function<at::Tensor()>& work) override {
    try {
      c10::cuda::getCurrentCUDAStream().synchronize();
      // The graph takes memory of its own, and while it records nothing kept can be given back.
      c10::cuda::CUDACachingAllocator::emptyCache();
      // Other threads, which read and decode, may allocate meanwhile.
      graph_.capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    } catch (const std::exception& error) {
      fail(error);
    }
    std::exception_ptr failure;
    try {
      output_ = work();
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    // Also after a failure: the stream records until then.
    try {
      graph_.capture_end();
    } catch (const std::exception&) {
      if (!failure) failure = std::current_exception();
    }
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      fail(error);
    }
  }

  const at::Tensor& replay() override {
    graph_.replay();
    return output_;
  }

 private:
  // A recording that CUDA gave up leaves the allocators recording, too: that of the GPU would keep
  // all memory that other streams have used, and give none back when the GPU is full; that of
  // pinned memory would go on to take it from the recording's pool.
  void end_pools() const {
    for (const auto end_pool : {&end_gpu_pool, &end_pinned_pool}) {
      try {
        end_pool(pool_);
      } catch (const std::exception&) {
        continue;  // it had come to an end as it should
      }
    }
  }

  [[noreturn]] void fail(const std::exception& error) {
    output_.reset();
    end_pools();
    cudaGetLastError();  // the next call does not meet it again
    throw core::DeviceError(core::format("a step could not be recorded as one graph: {}",
                                         core::first_line(error.what())));
  }

  Pool pool_ = at::cuda::graph_pool_handle();
  at::cuda::CUDAGraph graph_;
  at::Tensor output_;  // in the graph's own memory
};

}  // namespace

std::unique_ptr<Graph> make_graph(c10::Device device) {
  return device.is_cuda() ? std::make_unique<CudaGraph>() : nullptr;
}

}  // namespace train_backbone::ops
