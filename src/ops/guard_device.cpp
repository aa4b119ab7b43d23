#include "train_backbone/ops/guard_device.h"

#include <c10/util/Exception.h>

#include <array>
#include <string>
#include <string_view>

#include "ops/cuda_failure.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::ops {
namespace {

// There is no type that all of LibTorch's versions give to errors of the GPU's libraries; their
// texts begin with the library's name.
bool is_of_gpu(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kNames{"CUDA error", "CUDA driver", "cuDNN",
                                                          "CUDNN",      "CUBLAS",      "NCCL"};
  for (const std::string_view name : kNames) {
    if (text.find(name) != std::string_view::npos) return true;
  }
  return false;
}

[[noreturn]] void throw_failed(std::string_view text) {
  throw core::DeviceError(core::format(
      "the GPU failed: {}; look at nvidia-smi and the kernel's messages (dmesg), and go on with "
      "--resume_from auto",
      text));
}

// cuDNN tries its algorithms with the memory that each wants, and LibTorch passes over those for
// which there is none: "FIND was unable to find an engine to execute this computation".
bool is_without_engine(std::string_view text) {
  return text.find("unable to find an engine") != std::string_view::npos;
}

[[noreturn]] void throw_full(std::string_view text) {
  throw core::DeviceError(core::format(
      "the GPU's memory does not hold the model and its batch ({}); take a smaller --batch_size, "
      "in training with --accumulate_steps to keep the samples of a step, or --cuda_graph off, "
      "which leaves validation the memory of a recorded step",
      text));
}

}  // namespace

void guard_device(const std::function<void()>& work) {
  try {
    work();
  } catch (const CudaFailure& error) {
    throw_failed(error.what());
  } catch (const c10::OutOfMemoryError& error) {
    throw_full(core::first_line(error.what()));
  } catch (const c10::Error& error) {
    const std::string line = core::first_line(error.what());
    if (is_without_engine(line)) throw_full(line + ", most likely for lack of it");
    if (!is_of_gpu(line)) throw;
    throw_failed(line);
  }
}

}  // namespace train_backbone::ops
