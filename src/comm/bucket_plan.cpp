#include "comm/bucket_plan.h"

#include <algorithm>
#include <stdexcept>

namespace train_backbone::comm {
namespace {

constexpr int64_t kFirstBucketBytes = 1 << 20;

// Appends the buckets of the segment, whose slots are [first_slot, end_slot).
void plan_segment(const ops::FlatArena& arena, const ops::ArenaSegment& segment, size_t first_slot,
                  size_t end_slot, int64_t bucket_elements, std::vector<Bucket>& buckets) {
  const int64_t first_elements = kFirstBucketBytes / arena.gradients().element_size();
  int64_t limit = std::min(first_elements, bucket_elements);
  Bucket bucket{.begin = segment.end, .end = segment.end, .slots = {}, .earliest = 0};
  for (size_t i = end_slot; i-- > first_slot;) {
    const ops::ArenaSlot& slot = arena.slots()[i];
    if (!bucket.slots.empty() && bucket.end - slot.offset > limit) {
      const int64_t border = bucket.begin;
      buckets.push_back(std::move(bucket));
      bucket = {.begin = border, .end = border, .slots = {}, .earliest = 0};
      limit = bucket_elements;
    }
    bucket.begin = slot.offset;
    bucket.slots.push_back(i);
    bucket.earliest = slot.order;  // within a segment the offset grows with the order
  }
  buckets.push_back(std::move(bucket));
}

}  // namespace

std::vector<Bucket> plan_buckets(const ops::FlatArena& arena, int64_t bucket_bytes) {
  if (bucket_bytes < 1) throw std::invalid_argument("plan_buckets: bucket_bytes < 1");
  const int64_t elements = bucket_bytes / arena.gradients().element_size();
  std::vector<Bucket> buckets;
  size_t first = 0;
  for (const ops::ArenaSegment& segment : arena.segments()) {
    size_t end = first;
    while (end < arena.slots().size() && arena.slots()[end].offset < segment.end) ++end;
    plan_segment(arena, segment, first, end, elements, buckets);
    first = end;
  }
  std::sort(buckets.begin(), buckets.end(),
            [](const Bucket& a, const Bucket& b) { return a.earliest > b.earliest; });
  return buckets;
}

}  // namespace train_backbone::comm
