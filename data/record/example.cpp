#include "train_backbone/data/record/example.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace train_backbone::data {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr int kFieldShift = 3;
constexpr int kMaxBytes = 1 << 30;

// Calls handle(field, wire type, stream) for each field of a message; handle consumes the value, or
// answers false for a damaged one.
template <class Handle>
bool walk(std::span<const uint8_t> bytes, Handle handle) {
  CodedInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  for (;;) {
    const uint32_t tag = stream.ReadTag();
    if (tag == 0) return stream.ConsumedEntireMessage();
    if (!handle(tag, stream)) return false;
  }
}

constexpr uint32_t length_delimited(uint32_t field) {
  return (field << kFieldShift) | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
}

// A view of a length-delimited value; the stream lies over `bytes`.
bool read_view(CodedInputStream& stream, std::span<const uint8_t> bytes,
               std::span<const uint8_t>& view) {
  uint32_t length = 0;
  if (!stream.ReadVarint32(&length)) return false;
  const auto begin = static_cast<size_t>(stream.CurrentPosition());
  if (length > bytes.size() - begin) return false;
  view = bytes.subspan(begin, length);
  return stream.Skip(static_cast<int>(length));
}

bool skip_field(CodedInputStream& stream, uint32_t tag) {
  return WireFormatLite::SkipField(&stream, tag);
}

// BytesList: the last value; an empty list leaves `value` as it is.
bool read_bytes_list(std::span<const uint8_t> bytes, std::span<const uint8_t>& value) {
  return walk(bytes, [&](uint32_t tag, CodedInputStream& stream) {
    return tag == length_delimited(1) ? read_view(stream, bytes, value) : skip_field(stream, tag);
  });
}

bool read_packed_int64(std::span<const uint8_t> bytes, std::optional<int64_t>& value) {
  CodedInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  while (stream.CurrentPosition() < static_cast<int>(bytes.size())) {
    uint64_t number = 0;
    if (!stream.ReadVarint64(&number)) return false;
    value = static_cast<int64_t>(number);
  }
  return true;
}

// Int64List, packed or one by one: the last value.
bool read_int64_list(std::span<const uint8_t> bytes, std::optional<int64_t>& value) {
  constexpr uint32_t kUnpacked = (1U << kFieldShift) | WireFormatLite::WIRETYPE_VARINT;
  return walk(bytes, [&](uint32_t tag, CodedInputStream& stream) {
    if (tag == length_delimited(1)) {
      std::span<const uint8_t> packed;
      return read_view(stream, bytes, packed) && read_packed_int64(packed, value);
    }
    if (tag == kUnpacked) {
      uint64_t number = 0;
      if (!stream.ReadVarint64(&number)) return false;
      value = static_cast<int64_t>(number);
      return true;
    }
    return skip_field(stream, tag);
  });
}

std::string_view as_text(std::span<const uint8_t> bytes) {
  // A view of bytes as characters; both are single bytes that may alias.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// One entry of the map Features.feature; of its value's kinds at most one holds something.
struct Entry {
  std::string_view key;
  std::span<const uint8_t> bytes;  // the last of bytes_list
  std::optional<int64_t> number;   // the last of int64_list
};

bool read_feature(std::span<const uint8_t> bytes, Entry& entry) {
  return walk(bytes, [&](uint32_t tag, CodedInputStream& stream) {
    std::span<const uint8_t> list;
    switch (tag) {
      case length_delimited(1):
        entry.number.reset();
        return read_view(stream, bytes, list) && read_bytes_list(list, entry.bytes);
      case length_delimited(3):
        entry.bytes = {};
        return read_view(stream, bytes, list) && read_int64_list(list, entry.number);
      case length_delimited(2):  // float_list: nothing that we need, but it takes the place
        entry.bytes = {};
        entry.number.reset();
        return skip_field(stream, tag);
      default:
        return skip_field(stream, tag);
    }
  });
}

bool read_entry(std::span<const uint8_t> bytes, Entry& entry) {
  return walk(bytes, [&](uint32_t tag, CodedInputStream& stream) {
    std::span<const uint8_t> view;
    if (tag == length_delimited(1)) {
      if (!read_view(stream, bytes, view)) return false;
      entry.key = as_text(view);
      return true;
    }
    if (tag == length_delimited(2)) {
      return read_view(stream, bytes, view) && read_feature(view, entry);
    }
    return skip_field(stream, tag);
  });
}

// Replaces what an earlier entry of the same key gave, also by nothing.
void take_entry(const Entry& entry, ExampleView& example) {
  if (entry.key == "image/encoded") {
    example.encoded = entry.bytes;
  } else if (entry.key == "image/class/label") {
    example.label = entry.number;
  } else if (entry.key == "image/filename") {
    example.filename = as_text(entry.bytes);
  }
}

bool read_features(std::span<const uint8_t> bytes, ExampleView& example) {
  return walk(bytes, [&](uint32_t tag, CodedInputStream& stream) {
    if (tag != length_delimited(1)) return skip_field(stream, tag);
    std::span<const uint8_t> view;
    Entry entry;
    if (!read_view(stream, bytes, view) || !read_entry(view, entry)) return false;
    take_entry(entry, example);
    return true;
  });
}

}  // namespace

std::optional<ExampleView> parse_example(std::span<const uint8_t> bytes) {
  if (bytes.size() > static_cast<size_t>(kMaxBytes)) return std::nullopt;
  ExampleView example;
  const bool whole = walk(bytes, [&](uint32_t tag, CodedInputStream& stream) {
    if (tag != length_delimited(1)) return skip_field(stream, tag);
    std::span<const uint8_t> view;
    return read_view(stream, bytes, view) && read_features(view, example);
  });
  if (!whole) return std::nullopt;
  return example;
}

}  // namespace train_backbone::data
