#pragma once

#include <cstdint>

namespace train_backbone::data {

// How one axis is resized: `source` positions become `target`, of which [first, first + count) are
// wanted. `mirrored` reads the source backwards (a flip before the resize). The pixels at hand
// begin at source position `origin`.
struct ResizeAxis {
  int source = 0;
  int64_t target = 0;
  int64_t first = 0;
  int count = 0;
  int origin = 0;
  bool mirrored = false;
};

// The source positions [first, end) that the wanted part of an axis reads.
struct SourceRange {
  int first = 0;
  int end = 0;
};

}  // namespace train_backbone::data
