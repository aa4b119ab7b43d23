#pragma once

#include <filesystem>
#include <vector>

#include "io/export/raw_tensor.h"

namespace train_backbone::io {

// Reads what write_pth() writes, by nothing that wrote it: an own reader of the archive and of the
// pickle in it, which knows dicts, tuples, numbers, texts and torch's tensors and runs nothing.
// Throws core::DataError for whatever else it meets.
std::vector<RawTensor> read_pth(const std::filesystem::path& path);

}  // namespace train_backbone::io
