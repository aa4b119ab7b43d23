#include "train_backbone/ops/device.h"

#include <ATen/Parallel.h>
#include <malloc.h>
#include <sys/resource.h>

#include <limits>

#include "ops/gpu.h"
#include "ops/gpu_kernels.h"
#include "ops/keeping_allocator.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::ops {
namespace {

constexpr double kGibibyte = 1 << 30;

// Every step frees and asks for the same hundreds of megabytes. By default glibc hands much of it
// back to the system, which clears each page again: up to a third of the time of a small step.
// Larger blocks leave holes in the heap that nothing else fits; tensors have an allocator of their
// own.
void keep_freed_memory() {
  constexpr int kLargestBlock = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargestBlock);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  keep_memory_of_tensors();
}

// Chooses the device and says what there is to say about it.
DeviceChoice choose(const DeviceOptions& options, const GpuReport& report, const RankPlace& place) {
  DeviceChoice choice = choose_device(core::fold_name(options.device), report, place);
  if (!choice.reason.empty()) {
    core::log_warning("no GPU: {}; {}; computing on the CPU", choice.reason, choice.advice);
  }
  if (!choice.warning.empty()) core::log_warning("{}", choice.warning);
  return choice;
}

void set_threads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads));
  // May be set once in a process, and 1 is what a second caller wants as well.
  if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
}

void check_kernels(const DeviceOptions& options) {
  if (has_gpu_kernels() || core::fold_name(options.fused_kernels) != "on") return;
  throw core::DeviceError(
      "--fused_kernels on: this build has no kernels of its own for GPUs, as it was made without "
      "nvcc; leave it out, or build where nvcc of the same CUDA version is");
}

void take_gpu(Device& device, int index, const Gpu& gpu) {
  use_gpu(index, device.precision == Precision::kTf32);
  const GpuMemory memory = gpu_memory();
  device.tensors = c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
  device.gpu_id = gpu.id;
  device.gpu_name = gpu.name;
  device.text = core::format(
      "cuda:{}, {} (compute capability {}.{}, {:.1f} of {:.1f} GiB free), {}", index, gpu.name,
      gpu.capability / 10, gpu.capability % 10, static_cast<double>(memory.free) / kGibibyte,
      static_cast<double>(memory.total) / kGibibyte, precision_name(device.precision));
  if (!has_gpu_kernels()) device.text += ", torch's kernels (built without nvcc)";
}

}  // namespace

Device set_up_device(const DeviceOptions& options, const RankPlace& place, int64_t cores) {
  const GpuReport report = core::fold_name(options.device) == "cpu" ? GpuReport{} : report_gpus();
  const DeviceChoice choice = choose(options, report, place);
  keep_freed_memory();
  // Beside a GPU the cores are for reading and decoding.
  const int64_t automatic = choice.gpu ? 1 : cores;
  Device device;
  device.compute_threads = options.compute_threads > 0 ? options.compute_threads : automatic;
  set_threads(device.compute_threads);
  if (!choice.gpu) {
    device.precision = choose_precision(options, std::nullopt);
    device.text = core::format("cpu, {}", precision_name(device.precision));
    return device;
  }
  const Gpu& gpu = report.gpus[static_cast<size_t>(*choice.gpu)];
  check_kernels(options);
  device.precision = choose_precision(options, gpu.capability);
  take_gpu(device, *choice.gpu, gpu);
  return device;
}

int64_t peak_memory(const Device& device) {
  if (device.on_gpu()) return peak_gpu_memory(device.tensors.index());
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  constexpr int64_t kKibibyte = 1024;
  return usage.ru_maxrss * kKibibyte;
}

void forget_peak_memory(const Device& device) {
  if (device.on_gpu()) forget_peak_gpu_memory(device.tensors.index());
}

int64_t count_gpus() {
  const GpuReport report = report_gpus();
  choose_device("cuda", report, {});
  return static_cast<int64_t>(report.gpus.size());
}

}  // namespace train_backbone::ops
