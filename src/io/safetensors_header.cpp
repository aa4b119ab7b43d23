#include "io/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>

#include "io/checksum_text.h"
#include "io/strict_json.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

using nlohmann::json;

constexpr std::string_view kMetadataKey = "__metadata__";
constexpr size_t kMaxRank = 64;

using Metadata = std::map<std::string, std::string>;

[[noreturn]] void throw_bad_tensor(const std::filesystem::path& path, std::string_view name,
                                   std::string_view what) {
  throw core::DataError(path, core::format("tensor '{}': {}", excerpt(name), what));
}

// What the header's checksum covers: the same content in one canonical spelling.
std::string canonical_text(json header) {
  header[std::string(kMetadataKey)].erase(std::string(kHeaderCrcKey));
  return dump_json(header);
}

std::string padded(std::string text) {
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  return text;
}

const json& require_field(const json& tensor, const char* field, const std::string& name,
                          const std::filesystem::path& path) {
  const auto found = tensor.find(field);
  if (found == tensor.end()) throw_bad_tensor(path, name, core::format("has no '{}'", field));
  return *found;
}

// Unsigned integers only: JSON's negative, fractional and huge numbers are of other types.
std::vector<uint64_t> parse_numbers(const json& list, const char* field, const std::string& name,
                                    const std::filesystem::path& path) {
  const auto whole = [](const json& item) { return item.is_number_unsigned(); };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), whole)) {
    throw_bad_tensor(path, name,
                     core::format("'{}' is {}, not a list of whole numbers >= 0", field,
                                  excerpt(dump_json(list))));
  }
  if (list.size() > kMaxRank) {
    throw_bad_tensor(path, name, core::format("'{}' has {} numbers", field, list.size()));
  }
  return list.get<std::vector<uint64_t>>();
}

Dtype parse_dtype(const json& value, const std::string& name, const std::filesystem::path& path) {
  for (const DtypeInfo& info : kDtypes) {
    if (value == json(std::string(info.name))) return info.dtype;
  }
  throw_bad_tensor(path, name,
                   core::format("element type {} is not one of F64, F32, F16, BF16, I64",
                                excerpt(dump_json(value))));
}

TensorEntry parse_entry(const std::string& name, const json& tensor,
                        const std::filesystem::path& path) {
  if (!tensor.is_object() || tensor.size() != 3) {
    throw_bad_tensor(path, name, "must have dtype, shape and data_offsets and nothing else");
  }
  TensorEntry entry{.name = name, .shape = {}};
  entry.dtype = parse_dtype(require_field(tensor, "dtype", name, path), name, path);
  for (uint64_t size :
       parse_numbers(require_field(tensor, "shape", name, path), "shape", name, path)) {
    if (size > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      throw_bad_tensor(path, name, core::format("a dimension of {} is too large", size));
    }
    entry.shape.push_back(static_cast<int64_t>(size));
  }
  const auto offsets =
      parse_numbers(require_field(tensor, "data_offsets", name, path), "data_offsets", name, path);
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    throw_bad_tensor(path, name, "data_offsets must be [begin, end] with begin <= end");
  }
  entry.begin = offsets[0];
  entry.end = offsets[1];
  const std::optional<uint64_t> bytes = tensor_bytes(entry);
  if (!bytes) throw_bad_tensor(path, name, "its shape is too large");
  if (*bytes != entry.end - entry.begin) {
    throw_bad_tensor(path, name,
                     core::format("its shape needs {} bytes, data_offsets give {}", *bytes,
                                  entry.end - entry.begin));
  }
  return entry;
}

Metadata parse_metadata(const json& object, const std::filesystem::path& path) {
  if (!object.is_object()) throw core::DataError(path, "__metadata__ is not an object");
  Metadata metadata;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) {
      throw core::DataError(path, core::format("metadata '{}' is not a text", excerpt(key)));
    }
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

// Whose file carries checksums was written here, so that every byte of its header is known. The
// spelling counts, too: other bytes may mean the same JSON.
void check_own_header(const json& root, const Metadata& metadata, std::string_view text,
                      const std::filesystem::path& path) {
  const auto is_checksum = [](const auto& item) {
    return item.first.starts_with(kTensorCrcPrefix);
  };
  const auto crc = metadata.find(std::string(kHeaderCrcKey));
  const bool found = crc != metadata.end();
  if (!found && std::none_of(metadata.begin(), metadata.end(), is_checksum)) return;
  if (!found || crc->second != checksum_text(canonical_text(root)) ||
      text != padded(dump_json(root))) {
    throw core::DataError(
        path, "the checksum of its header does not match; the file is damaged or was changed");
  }
}

// `entries` are sorted: each must begin where the one before ended.
void check_coverage(const std::vector<TensorEntry>& entries, uint64_t data_bytes,
                    const std::filesystem::path& path) {
  uint64_t position = 0;
  for (const TensorEntry& entry : entries) {
    if (entry.begin != position) {
      throw_bad_tensor(
          path, entry.name,
          core::format("begins at data byte {}, {} the tensor before it ends at {}", entry.begin,
                       entry.begin < position ? "but overlaps:" : "after a hole:", position));
    }
    position = entry.end;
  }
  if (position != data_bytes) {
    throw core::DataError(path, core::format("its tensors need {} bytes of data, the file has {}; "
                                             "it is truncated or was changed",
                                             position, data_bytes));
  }
}

}  // namespace

const DtypeInfo& dtype_info(Dtype dtype) {
  return *std::find_if(kDtypes.begin(), kDtypes.end(),
                       [dtype](const DtypeInfo& info) { return info.dtype == dtype; });
}

std::optional<uint64_t> tensor_bytes(const TensorEntry& entry) {
  // Zero dimensions count as one for the overflow check: LibTorch multiplies the strides like that.
  int64_t extent = static_cast<int64_t>(dtype_info(entry.dtype).bytes);
  bool empty = false;
  for (int64_t size : entry.shape) {
    empty = empty || size == 0;
    if (__builtin_mul_overflow(extent, std::max<int64_t>(size, 1), &extent)) return std::nullopt;
  }
  return empty ? 0 : static_cast<uint64_t>(extent);
}

SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_bytes,
                                           const std::filesystem::path& path) {
  if (text.empty() || text.front() != '{') {
    throw core::DataError(path, "its header is not a JSON object; is this a safetensors file?");
  }
  const json root = parse_strict_json(text, path);
  SafetensorsHeader header;
  for (const auto& [name, value] : root.items()) {
    if (name == kMetadataKey) {
      header.metadata = parse_metadata(value, path);
    } else {
      header.entries.push_back(parse_entry(name, value, path));
    }
  }
  check_own_header(root, header.metadata, text, path);
  std::sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  check_coverage(header.entries, data_bytes, path);
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  json root = json::object();
  root[std::string(kMetadataKey)] = header.metadata;
  for (const TensorEntry& entry : header.entries) {
    if (root.contains(entry.name)) {
      throw core::Error(core::ExitCode::kInternal,
                        core::format("tensor name '{}' cannot be written twice", entry.name));
    }
    root[entry.name] = {{"dtype", dtype_info(entry.dtype).name},
                        {"shape", entry.shape},
                        {"data_offsets", {entry.begin, entry.end}}};
  }
  root[std::string(kMetadataKey)][std::string(kHeaderCrcKey)] = checksum_text(canonical_text(root));
  return padded(dump_json(root));
}

}  // namespace train_backbone::io
