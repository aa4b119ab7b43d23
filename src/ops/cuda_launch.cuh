#pragma once

// Host code of the launch files.
#include <cuda_runtime_api.h>

#include <string>

#include "ops/cuda_failure.h"
#include "ops/cuda_launch.h"
#include "ops/device_code.cuh"

namespace train_backbone::ops {

inline void check_cuda(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw CudaFailure(std::string(what) + ": " + cudaGetErrorString(error));
}

inline int multiprocessors() {
  int device = 0;
  int count = 0;
  check_cuda(cudaGetDevice(&device), "the current CUDA device");
  check_cuda(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device),
             "the number of multiprocessors");
  return count;
}

// Calls work with a value of the device's storage type.
template <class Work>
void with_storage(Storage storage, const Work& work) {
  switch (storage) {
    case Storage::kFloat:
      return work(float{});
    case Storage::kHalf:
      return work(device::Half{});
    case Storage::kBfloat16:
      return work(device::Bfloat16{});
  }
}

}  // namespace train_backbone::ops
