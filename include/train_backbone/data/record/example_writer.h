#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace train_backbone::data {

// One picture as the original's conversion writes it. Views must outlive the call.
struct ExampleFields {
  int64_t height = 0;
  int64_t width = 0;
  std::string_view colorspace = "RGB";
  int64_t channels = 3;
  int64_t label = 0;        // 1-based, image/class/label
  std::string_view synset;  // image/class/synset
  std::string_view text;    // image/class/text
  std::string_view format = "JPEG";
  std::string_view filename;  // base name, image/filename
  std::string_view encoded;   // image/encoded
};

// Serialises a tf.train.Example into `bytes` (replacing its content, reusing its memory).
// Deterministic: the features are in the order of their keys. Throws core::DataError naming the
// file when the picture has more than kMaxRecordBytes.
void write_example(const ExampleFields& fields, std::string& bytes);

}  // namespace train_backbone::data
