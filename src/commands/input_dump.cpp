#include "commands/input_dump.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "train_backbone/core/files.h"

namespace train_backbone::commands {

InputDump::InputDump(std::filesystem::path path, int64_t records, const ValidateTarget& target)
    : path_(std::move(path)),
      metadata_({{"model", target.name}, {"weights", target.weights.string()}}),
      inputs_(at::empty({records, 3, target.image_size, target.image_size}, at::kFloat)),
      logits_(at::empty({records, target.num_classes}, at::kFloat)),
      labels_(at::empty({records}, at::kLong)) {
  const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  core::require_writable_directory(folder, "--dump_inputs");
}

void InputDump::append(const train::EvaluatedBatch& evaluated) {
  const int64_t count = std::min(evaluated.batch.size, labels_.size(0) - kept_);
  if (count == 0) return;
  const auto put = [&](const at::Tensor& all, const at::Tensor& batch) {
    all.narrow(0, kept_, count).copy_(batch.narrow(0, 0, count));
  };
  put(inputs_, evaluated.images);
  put(logits_, evaluated.logits);
  put(labels_, at::tensor(evaluated.batch.labels));
  kept_ += count;
}

void InputDump::write() const {
  const auto filled = [&](const at::Tensor& all) { return all.narrow(0, 0, kept_); };
  io::write_safetensors(
      path_,
      {{"inputs", filled(inputs_)}, {"labels", filled(labels_)}, {"logits", filled(logits_)}},
      metadata_);
}

}  // namespace train_backbone::commands
