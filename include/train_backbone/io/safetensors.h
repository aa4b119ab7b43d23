#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace train_backbone::io {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;
using Metadata = std::map<std::string, std::string>;

// Writes a safetensors file (format: models-independent, see src/io/README.md) atomically: row-major
// copies, float32 or int64, header padded to 8 bytes, metadata plus "format" = "pt" and, per tensor,
// its CRC-32C under "crc32c.NAME" in hexadecimal.
// Throws core::DeviceError or core::DataError.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       Metadata metadata);

struct SafetensorsFile {
  NamedTensors tensors;  // in the order of their data; contiguous copies
  Metadata metadata;
};

// Reads and checks everything before it returns: header length <= 100 MB and within the file, no
// holes, no overlaps, known dtype, shape times element size = extent, stored checksums.
// Throws core::DataError naming the file and the tensor.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

}  // namespace train_backbone::io
