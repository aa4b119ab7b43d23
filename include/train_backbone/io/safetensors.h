#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
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

// Maps the file into memory and checks its header: length <= 100 MB and within the file, JSON
// without repeated names, no holes, no overlaps, known element type, shape times element size =
// extent, the header's checksum when there is one. The data is not looked at: the tensors are the
// file's pages (copies where an element is not aligned), which are read when they are touched.
// Writing to them never changes the file. Throws core::DataError naming the file and the tensor.
SafetensorsFile map_safetensors(const std::filesystem::path& path);

// map_safetensors(), and all data held against the checksums that are stored.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

// What the metadata of a tensor's file says about its data.
enum class Checksum { kNone, kMatches, kDiffers };
Checksum check_data(const std::string& name, const at::Tensor& tensor, const Metadata& metadata);

// The metadata that people wrote: without the checksums of tensors and header.
Metadata without_checksums(Metadata metadata);

// The element type as safetensors calls it: "F32". Throws core::Error kInternal for another type
// than those written.
std::string_view dtype_name(const at::Tensor& tensor);

}  // namespace train_backbone::io
