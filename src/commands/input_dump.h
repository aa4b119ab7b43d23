#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>

#include "commands/validate_target.h"
#include "train_backbone/io/safetensors.h"
#include "train_backbone/train/evaluator.h"

namespace train_backbone::commands {

// The first records of a validation as the network saw them and what it answered, for other
// programs to repeat: a safetensors file of inputs [N, 3, H, W] and logits [N, C] (float32) and
// labels [N] (int64, 0-based). Holds all in memory: 12 H W bytes per record.
class InputDump {
 public:
  // At most `records` are kept. Makes the file's folder.
  // Throws core::UsageError when nothing can be written there.
  InputDump(std::filesystem::path path, int64_t records, const ValidateTarget& target);

  void append(const train::EvaluatedBatch& evaluated);
  // Throws core::DeviceError (disk full).
  void write() const;

 private:
  std::filesystem::path path_;
  io::Metadata metadata_;  // model and weights
  int64_t kept_ = 0;
  at::Tensor inputs_;  // room for all; pages that are never filled take no memory
  at::Tensor logits_;
  at::Tensor labels_;
};

}  // namespace train_backbone::commands
