#pragma once

// What the launch functions of kernels (*_launch.h) have in common. Neither torch nor CUDA headers:
// both sides of the seam include this. Pointers are device memory, aligned to 16 bytes; launches
// are asynchronous, allocate nothing and may be captured into a graph. They throw
// std::runtime_error when a kernel cannot start and std::invalid_argument for shapes that no kernel
// takes.

struct CUstream_st;

namespace train_backbone::ops {

using CudaStream = CUstream_st*;  // cudaStream_t

enum class Storage { kFloat, kHalf, kBfloat16 };

}  // namespace train_backbone::ops
