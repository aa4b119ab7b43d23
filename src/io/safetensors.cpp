#include "train_backbone/io/safetensors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "io/checksum_text.h"
#include "io/safetensors_header.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"

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
SafetensorsHeader describe(const NamedTensors& tensors, Metadata metadata) {
  // Metadata that came out of another file must not bring that file's checksums along.
  std::erase_if(metadata,
                [](const auto& item) { return item.first.starts_with(kTensorCrcPrefix); });
  SafetensorsHeader header{.entries = {}, .metadata = std::move(metadata)};
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

// The header's text; `file_bytes` is the size of the whole file.
std::string read_header(const core::FileDescriptor& file, const std::filesystem::path& path,
                        uint64_t file_bytes) {
  std::array<uint8_t, kLengthBytes> prefix{};
  if (core::read_at(file, path, 0, prefix) < kLengthBytes) {
    throw core::DataError(path, core::format("only {} bytes, not a safetensors file", file_bytes));
  }
  const auto length = std::bit_cast<uint64_t>(prefix);
  if (length > kMaxHeaderBytes || length > file_bytes - kLengthBytes) {
    throw core::DataError(
        path, 0,
        core::format("a header of {} bytes does not fit (file of {} bytes, at most {} "
                     "allowed); it is truncated or not a safetensors file",
                     length, file_bytes, kMaxHeaderBytes));
  }
  std::string text(length, ' ');
  text.resize(core::read_at(file, path, kLengthBytes,
                            {reinterpret_cast<uint8_t*>(text.data()), text.size()}));
  return text;
}

at::Tensor read_tensor(const core::FileDescriptor& file, const std::filesystem::path& path,
                       uint64_t data_begin, const TensorEntry& entry, const Metadata& metadata) {
  at::Tensor tensor = at::empty(entry.shape, at::TensorOptions(scalar_type(entry.dtype)));
  const std::span<uint8_t> bytes = bytes_of(tensor);
  if (core::read_at(file, path, data_begin + entry.begin, bytes) != bytes.size()) {
    throw core::DataError(path, data_begin + entry.begin,
                          core::format("the file ends within tensor '{}'", entry.name));
  }
  const auto stored = metadata.find(std::string(kTensorCrcPrefix) + entry.name);
  if (stored != metadata.end() && stored->second != checksum_text(core::crc32c(bytes))) {
    throw core::DataError(
        path, data_begin + entry.begin,
        core::format(
            "the checksum of tensor '{}' does not match; the file is damaged or was changed",
            entry.name));
  }
  return tensor;
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

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  const core::FileDescriptor file = core::open_for_reading(path);
  const uint64_t file_bytes = core::file_size(file, path);
  const std::string text = read_header(file, path, file_bytes);
  const uint64_t data_begin = kLengthBytes + text.size();
  SafetensorsHeader header = parse_safetensors_header(text, file_bytes - data_begin, path);
  SafetensorsFile result{.tensors = {}, .metadata = std::move(header.metadata)};
  for (const TensorEntry& entry : header.entries) {
    result.tensors.emplace_back(entry.name,
                                read_tensor(file, path, data_begin, entry, result.metadata));
  }
  return result;
}

}  // namespace train_backbone::io
