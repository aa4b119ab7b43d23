#pragma once

#include <filesystem>
#include <vector>

#include "io/export/raw_tensor.h"

namespace train_backbone::io {

// Reads a safetensors file as its documentation says, apart from the reader and writer of
// safetensors.h. Throws core::DataError when it is none.
std::vector<RawTensor> read_plain_safetensors(const std::filesystem::path& path);

}  // namespace train_backbone::io
