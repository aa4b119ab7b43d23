#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <array>
#include <charconv>
#include <string_view>

#include "ops/gpu.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/ops/device_choice.h"

namespace train_backbone::ops {
namespace {

[[noreturn]] void fail(const std::string& what, cudaError_t error) {
  throw core::DeviceError(core::format("{}: CUDA says '{}'", what, cudaGetErrorString(error)));
}

// "75,80,90".
std::vector<int> numbers_of(std::string_view text) {
  std::vector<int> numbers;
  const char* place = text.data();
  const char* const end = place + text.size();
  while (place < end) {
    int number = 0;
    const auto [stop, error] = std::from_chars(place, end, number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    place = stop < end ? stop + 1 : end;
  }
  return numbers;
}

std::string id_of(const cudaDeviceProp& properties) {
  std::string id;
  for (const char byte : properties.uuid.bytes) {
    id += core::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return id;
}

}  // namespace

GpuReport report_gpus() {
  GpuReport report{.build = TB_CUDA_PRESET,
                   .cuda = 0,
                   .architectures = numbers_of(TB_CUDA_ARCHITECTURES),
                   .has_driver = false,
                   .driver_cuda = 0,
                   .failure = {},
                   .gpus = {}};
  cudaRuntimeGetVersion(&report.cuda);
  // Zero without a driver.
  cudaDriverGetVersion(&report.driver_cuda);
  report.has_driver = report.driver_cuda > 0;
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    report.failure = cudaGetErrorString(error);
    cudaGetLastError();  // the next call does not meet it again
    return report;
  }
  for (int i = 0; i < count; ++i) {
    cudaDeviceProp properties{};
    const cudaError_t failure = cudaGetDeviceProperties(&properties, i);
    if (failure != cudaSuccess) fail(core::format("GPU {} does not answer", i), failure);
    report.gpus.push_back({.name = properties.name,
                           .capability = properties.major * 10 + properties.minor,
                           .memory = static_cast<int64_t>(properties.totalGlobalMem),
                           .id = id_of(properties)});
  }
  return report;
}

void use_gpu(int index, bool allow_tf32) {
  c10::cuda::set_device(static_cast<c10::DeviceIndex>(index));
  c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool());
  at::Context& context = at::globalContext();
  context.lazyInitDevice(c10::kCUDA);
  context.setBenchmarkCuDNN(true);
  context.setAllowTF32CuDNN(allow_tf32);
  context.setAllowTF32CuBLAS(allow_tf32);
}

GpuMemory gpu_memory() {
  size_t free = 0;
  size_t total = 0;
  const cudaError_t error = cudaMemGetInfo(&free, &total);
  if (error != cudaSuccess) fail("the GPU does not tell its memory", error);
  return {.free = static_cast<int64_t>(free), .total = static_cast<int64_t>(total)};
}

int64_t peak_gpu_memory(int index) {
  namespace allocator = c10::cuda::CUDACachingAllocator;
  return allocator::getDeviceStats(static_cast<c10::DeviceIndex>(index)).reserved_bytes[0].peak;
}

void forget_peak_gpu_memory(int index) {
  namespace allocator = c10::cuda::CUDACachingAllocator;
  allocator::emptyCache();
  allocator::resetPeakStats(static_cast<c10::DeviceIndex>(index));
}

}  // namespace train_backbone::ops
