#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "train_backbone/ops/flat_arena.h"

namespace train_backbone::comm {

// A stretch of the arena that is reduced in one piece.
struct Bucket {
  int64_t begin = 0;          // first element
  int64_t end = 0;            // one past the last, gaps included
  std::vector<size_t> slots;  // indices into FlatArena::slots(), the last-registered first
  size_t earliest = 0;        // smallest order of its slots
};

// Cuts the arena into buckets that cover it exactly once, each inside one segment. A backward pass
// reaches parameters about in reverse order of their registration, so buckets are filled from the
// end of every segment; a bucket is full when the next parameter would take it beyond
// `bucket_bytes`, and holds at least one. The first bucket at a segment's end is full at 1 MiB
// already, so that reduction begins early.
// The buckets come in the order in which they are complete: those first whose earliest-registered
// parameter was registered last. A pure function of the parameters, so the same on all ranks.
// Throws std::invalid_argument when bucket_bytes < 1.
std::vector<Bucket> plan_buckets(const ops::FlatArena& arena, int64_t bucket_bytes);

}  // namespace train_backbone::comm
