#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace train_backbone::data {

// What training needs of a tf.train.Example, without copies: views into the parsed bytes.
struct ExampleView {
  std::span<const uint8_t> encoded;  // image/encoded: the JPEG or PNG file
  std::optional<int64_t> label;      // image/class/label, before label_offset
  std::string_view filename;         // image/filename, may be empty
};

// Walks the protobuf wire format of one Example (unknown features and fields are skipped, packed
// and unpacked lists are both accepted; the last value of a repeated key wins, as in protobuf
// maps). Returns nothing when the bytes are not a well-formed Example. The views point into
// `bytes`.
std::optional<ExampleView> parse_example(std::span<const uint8_t> bytes);

}  // namespace train_backbone::data
