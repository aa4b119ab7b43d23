#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>

#include "train_backbone/ops/input_transform.h"

namespace train_backbone::ops {

class Upload;

struct ImageShape {
  int64_t count = 0;
  int64_t height = 0;
  int64_t width = 0;
};

// Brings batches to the device on which the model computes. To a GPU, pixels go as bytes through
// pinned memory, copied on a stream of their own while the GPU still works on what came before, and
// are normalised and mixed there; the host waits for nothing. It may reuse the memory of what it
// handed over at once. Not thread safe.
class InputStage {
 public:
  explicit InputStage(c10::Device device);
  InputStage(const InputStage&) = delete;
  InputStage& operator=(const InputStage&) = delete;
  InputStage(InputStage&&) = delete;
  InputStage& operator=(InputStage&&) = delete;
  ~InputStage();

  // uint8 [count, height, width, 3] on the device, for normalised_images().
  at::Tensor place(std::span<const uint8_t> pixels, const ImageShape& shape);
  // As normalise_and_mix() says, rounded to `type`: [count, 3, height, width] in channels-last
  // memory on the device. On the CPU the same tensor of fp32 serves the next call, too.
  at::Tensor images(std::span<const uint8_t> pixels, const ImageShape& shape,
                    const Normalisation& normalisation, std::span<const MixPartner> mix,
                    at::ScalarType type = at::kFloat);
  // A tensor of the host on the device: a small copy, on the CPU the tensor itself.
  [[nodiscard]] at::Tensor place(const at::Tensor& host) const;
  [[nodiscard]] MixTensors place(std::span<const MixPartner> mix) const {
    return mix_tensors(mix, device_);
  }
  // That a GPU has stood still for pixels to arrive, of the batches that it is done with by now;
  // 0 on the CPU.
  [[nodiscard]] double seconds_waited() const;

 private:
  c10::Device device_;
  std::unique_ptr<Upload> upload_;  // none on the CPU
  at::Tensor images_;               // on the CPU
};

}  // namespace train_backbone::ops
