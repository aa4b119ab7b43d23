#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The header of a safetensors file, without tensors: what stands in its JSON, and what must hold.
namespace train_backbone::io {

inline constexpr uint64_t kMaxHeaderBytes = 100'000'000;
inline constexpr size_t kHeaderAlignment = 8;
inline constexpr std::string_view kTensorCrcPrefix = "crc32c.";
inline constexpr std::string_view kHeaderCrcKey = "header_crc32c";

enum class Dtype { kF64, kF32, kF16, kBF16, kI64 };

struct DtypeInfo {
  Dtype dtype;
  std::string_view name;
  uint64_t bytes;
};
inline constexpr std::array<DtypeInfo, 5> kDtypes = {{{Dtype::kF64, "F64", 8},
                                                      {Dtype::kF32, "F32", 4},
                                                      {Dtype::kF16, "F16", 2},
                                                      {Dtype::kBF16, "BF16", 2},
                                                      {Dtype::kI64, "I64", 8}}};
const DtypeInfo& dtype_info(Dtype dtype);

struct TensorEntry {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;
  uint64_t begin = 0;  // offsets into the data behind the header
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  // sorted by begin; cover the data without hole or overlap
  std::map<std::string, std::string> metadata;
};

// Bytes of a tensor; nothing when a product overflows.
std::optional<uint64_t> tensor_bytes(const TensorEntry& entry);

// Checks everything that the header alone can show. `data_bytes` is what follows it in the file.
// Throws core::DataError naming `path` and the tensor.
SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_bytes,
                                           const std::filesystem::path& path);

// The JSON with its own checksum, padded to kHeaderAlignment with spaces.
// Throws core::Error kInternal when two entries share a name.
std::string format_safetensors_header(const SafetensorsHeader& header);

}  // namespace train_backbone::io
