#pragma once

#include <cstdint>

// The seam to CUDA for the set-up of a process, with report_gpus(): gpu_cuda.cpp, or gpu_none.cpp
// where the build has none.
namespace train_backbone::ops {

// From now on this thread computes on the GPU, on a stream of its own rather than the default one:
// a graph can be recorded there, and nodes of autograd keep the stream on which they were made. To
// be called once, before any parameter exists. cuDNN chooses its algorithms by trying them;
// `allow_tf32`: convolutions and matrix products of fp32 tensors may round their factors to TF32.
void use_gpu(int index, bool allow_tf32);

struct GpuMemory {
  int64_t free = 0;
  int64_t total = 0;
};
// Of the GPU in use, in bytes.
GpuMemory gpu_memory();

// Most bytes that this process has held of it for tensors, since the last call of
// forget_peak_gpu_memory(), which also gives back what no tensor needs.
int64_t peak_gpu_memory(int index);
void forget_peak_gpu_memory(int index);

}  // namespace train_backbone::ops
