#include "data/batch/class_label.h"

#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

// Labels begin at 0 or at 1, so a label that fits neither is a matter of the number of classes.
std::string advice_for(int64_t label, const ClassRange& range) {
  for (const int64_t offset : {int64_t{1}, int64_t{0}}) {
    if (offset != range.label_offset &&
        class_of_label(label, {.num_classes = range.num_classes, .label_offset = offset})) {
      return core::format("it would with --label_offset {}", offset);
    }
  }
  int64_t index = 0;
  if (__builtin_sub_overflow(label, range.label_offset, &index) || index < 0 || index > 1'000'000) {
    return "the record is damaged or not of this data set";
  }
  return core::format("it would with --num_classes {} or more", index + 1);
}

}  // namespace

std::optional<int64_t> class_of_label(int64_t label, const ClassRange& range) {
  int64_t index = 0;
  if (__builtin_sub_overflow(label, range.label_offset, &index) || index < 0 ||
      index >= range.num_classes) {
    return std::nullopt;
  }
  return index;
}

std::string label_message(int64_t label, const ClassRange& range) {
  return core::format("label {} does not fit --num_classes {} with --label_offset {}; {}", label,
                      range.num_classes, range.label_offset, advice_for(label, range));
}

}  // namespace train_backbone::data
