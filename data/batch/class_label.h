#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace train_backbone::data {

// How the labels of records become class indices.
struct ClassRange {
  int64_t num_classes = 0;
  int64_t label_offset = 1;
};

// label - label_offset, or nothing when that is no class.
std::optional<int64_t> class_of_label(int64_t label, const ClassRange& range);

// Why the label is none, and the option that would make it one. Only for labels that are none.
std::string label_message(int64_t label, const ClassRange& range);

}  // namespace train_backbone::data
