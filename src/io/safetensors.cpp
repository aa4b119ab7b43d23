#include "train_backbone/io/safetensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "io/checksum_text.h"
#include "io/safetensors_header.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/mapped_file.h"

namespace train_backbone::io {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr size_t kLengthBytes = 8;

// The two lists of element types, ours and LibTorch's, meet here only.
constexpr std::array<std::pair<Dtype, at::ScalarType>, kDtypes.size()> kScalarTypes = {{
    {Dtype::kF64, at::kDouble},
    {Dtype::kF32, at::kFloat},
    {Dtype::kF16, at::kHalf},
    {Dtype::kBF16, at::kBFloat16},
    {Dtype::kI64, at::kLong},
}};

at::ScalarType scalar_type(Dtype dtype) {
  return std::find_if(kScalarTypes.begin(), kScalarTypes.end(),
                      [dtype](const auto& row) { return row.first == dtype; })
      ->second;
}

Dtype dtype_of(const std::string& name, const at::Tensor& tensor) {
  for (const auto& [dtype, scalar] : kScalarTypes) {
    if (tensor.scalar_type() == scalar) return dtype;
  }
  throw core::Error(core::ExitCode::kInternal,
                    core::format("tensor '{}' has element type {}, which is not written", name,
                                 at::toString(tensor.scalar_type())));
}

// Row-major on the CPU; a copy only where the tensor is something else (weights are channels-last).
at::Tensor row_major(const at::Tensor& tensor) { return tensor.detach().cpu().contiguous(); }

std::span<uint8_t> bytes_of(const at::Tensor& contiguous) {
  if (contiguous.numel() == 0) return {};
  return {static_cast<uint8_t*>(contiguous.data_ptr()), contiguous.nbytes()};
}

class DigestingFile {
 public:
  explicit DigestingFile(const std::filesystem::path& path) : file_(path) {}
  void write(std::span<const uint8_t> bytes) {
    file_.write(bytes);
    digest_.size += bytes.size();
    digest_.crc32c = core::crc32c(bytes, digest_.crc32c);
  }
  FileDigest commit() {
    file_.commit();
    return digest_;
  }

 private:
  core::AtomicFile file_;
  FileDigest digest_;
};

// Wider elements first: every tensor is then aligned to its element without holes between them.
NamedTensors in_file_order(const NamedTensors& tensors) {
  NamedTensors ordered = tensors;
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.second.element_size() > b.second.element_size();
  });
  return ordered;
}

// First of two passes: the header stands before the data and holds its checksums.
SafetensorsHeader describe(const NamedTensors& tensors, const Metadata& metadata) {
  // Metadata that came out of another file must not bring that file's checksums along.
  SafetensorsHeader header{.entries = {}, .metadata = without_checksums(metadata)};
  header.metadata["format"] = "pt";
  uint64_t position = 0;
  for (const auto& [name, tensor] : tensors) {
    const uint64_t end = position + tensor.nbytes();
    header.entries.push_back({.name = name,
                              .dtype = dtype_of(name, tensor),
                              .shape = tensor.sizes().vec(),
                              .begin = position,
                              .end = end});
    header.metadata[std::string(kTensorCrcPrefix) + name] =
        checksum_text(core::crc32c(bytes_of(row_major(tensor))));
    position = end;
  }
  return header;
}

std::array<uint8_t, kLengthBytes> length_bytes(uint64_t length) {
  return std::bit_cast<std::array<uint8_t, kLengthBytes>>(length);
}

// The JSON between the length at the begin of the file and the data.
std::string_view header_text(std::span<const uint8_t> file, const std::filesystem::path& path) {
  if (file.size() < kLengthBytes) {
    throw core::DataError(path, core::format("only {} bytes, not a safetensors file", file.size()));
  }
  uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxHeaderBytes || length > file.size() - kLengthBytes) {
    throw core::DataError(
        path, 0,
        core::format("a header of {} bytes does not fit (file of {} bytes, at most {} "
                     "allowed); it is truncated or not a safetensors file",
                     length, file.size(), kMaxHeaderBytes));
  }
  return {reinterpret_cast<const char*>(file.data()) + kLengthBytes, length};
}

// A tensor whose data begins at `begin` of the file, which stays mapped as long as the tensor
// lives. The header has been checked: the tensor lies within the file.
at::Tensor view_of(const std::shared_ptr<const core::MappedFile>& file, uint64_t begin,
                   const TensorEntry& entry) {
  const at::TensorOptions options(scalar_type(entry.dtype));
  if (entry.begin == entry.end) return at::empty(entry.shape, options);
  uint8_t* data = file->bytes().data() + begin;
  const bool aligned = reinterpret_cast<uintptr_t>(data) % dtype_info(entry.dtype).bytes == 0;
  if (aligned)
    return at::from_blob(
        data, entry.shape, [file](void* /*data*/) {}, options);
  // Other programs' files need not be aligned.
  at::Tensor copy = at::empty(entry.shape, options);
  std::memcpy(copy.data_ptr(), data, entry.end - entry.begin);
  return copy;
}

}  // namespace

FileDigest write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                             Metadata metadata) {
  const NamedTensors ordered = in_file_order(tensors);
  const std::string header = format_safetensors_header(describe(ordered, std::move(metadata)));
  DigestingFile file(path);
  file.write(length_bytes(header.size()));
  file.write({reinterpret_cast<const uint8_t*>(header.data()), header.size()});
  for (const auto& [name, tensor] : ordered) {
    const at::Tensor copy = row_major(tensor);
    file.write(bytes_of(copy));
  }
  return file.commit();
}

SafetensorsFile map_safetensors(const std::filesystem::path& path) {
  const auto file = std::make_shared<const core::MappedFile>(path);
  const std::string_view text = header_text(file->bytes(), path);
  const uint64_t data_begin = kLengthBytes + text.size();
  SafetensorsHeader header =
      parse_safetensors_header(text, file->bytes().size() - data_begin, path);
  SafetensorsFile result{.tensors = {}, .metadata = std::move(header.metadata)};
  for (const TensorEntry& entry : header.entries) {
    result.tensors.emplace_back(entry.name, view_of(file, data_begin + entry.begin, entry));
  }
  return result;
}

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  SafetensorsFile file = map_safetensors(path);
  for (const auto& [name, tensor] : file.tensors) {
    if (check_data(name, tensor, file.metadata) == Checksum::kDiffers) {
      throw core::DataError(
          path,
          core::format(
              "the checksum of tensor '{}' does not match; the file is damaged or was changed",
              name));
    }
  }
  return file;
}

Checksum check_data(const std::string& name, const at::Tensor& tensor, const Metadata& metadata) {
  const auto stored = metadata.find(std::string(kTensorCrcPrefix) + name);
  if (stored == metadata.end()) return Checksum::kNone;
  const std::string actual = checksum_text(core::crc32c(bytes_of(row_major(tensor))));
  return stored->second == actual ? Checksum::kMatches : Checksum::kDiffers;
}

Metadata without_checksums(Metadata metadata) {
  std::erase_if(metadata, [](const auto& item) {
    return item.first.starts_with(kTensorCrcPrefix) || item.first == kHeaderCrcKey;
  });
  return metadata;
}

std::string_view dtype_name(const at::Tensor& tensor) {
  return dtype_info(dtype_of("", tensor)).name;
}

}  // namespace train_backbone::io
