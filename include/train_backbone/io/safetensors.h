#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "train_backbone/io/file_digest.h"

// The safetensors container. src/io/README.md has the picture of the file as we write it.
namespace train_backbone::io {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;
using Metadata = std::map<std::string, std::string>;

// Writes a safetensors file atomically: row-major data whatever the strides and the device of the
// tensors, wider elements first (so that each is aligned), otherwise in the order given. Adds to
// the metadata "format" = "pt", per tensor its CRC-32C as "crc32c.NAME", and "header_crc32c" over
// the header. Holds one tensor's copy at a time. Returns what was written, as digest_file() of an
// undamaged file does.
// Element types: float64, float32, float16, bfloat16, int64. Throws core::DeviceError (disk full),
// core::DataError (folder missing), core::Error kInternal for another type or a repeated name.
FileDigest write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                             Metadata metadata);

struct SafetensorsFile {
  NamedTensors tensors;  // in the order of their data; contiguous, on the CPU
  Metadata metadata;     // as stored, with the checksums
};

// Reads and checks everything before it returns: header length <= 100 MB and within the file, JSON
// without repeated names, no holes, no overlaps, known element type, shape times element size =
// extent, the checksums that are stored. Nothing is allocated for a tensor before its extent is
// known to lie in the file.
// Throws core::DataError naming the file and the tensor.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

}  // namespace train_backbone::io
