#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "train_backbone/core/files.h"
#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/data/record/record_store.h"

namespace train_backbone::commands {

// CSV (RFC 4180) of what a model takes each record for: file, label, class_1, probability_1 ...
// class_5, probability_5; best class first, classes and label as 0-based indices, empty where the
// model has fewer than five. Appears under its name when committed. Borrows the store.
class PredictionFile {
 public:
  // Throws core::DataError when the file cannot be made.
  PredictionFile(const std::filesystem::path& path, const data::RecordStore& store);

  // logits [N, C] of the batch. Reads each record again for its file name.
  void append(const data::Batch& batch, const at::Tensor& logits);
  void commit() { file_.commit(); }

 private:
  const data::RecordStore& store_;
  core::AtomicFile file_;
  std::vector<uint8_t> buffer_;
};

}  // namespace train_backbone::commands
