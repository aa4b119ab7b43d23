#include "comm/bucket_reducer.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "comm/device_reduction.h"
#include "comm/reduction_thread.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {

BucketReducer::BucketReducer(const ops::FlatArena& arena, std::unique_ptr<Reduction> reduction,
                             int64_t bucket_bytes)
    : arena_(arena),
      buckets_(plan_buckets(arena, bucket_bytes)),
      bucket_of_(arena.slots().size()),
      reduction_(std::move(reduction)),
      hooks_(arena, [this](size_t slot) { arrived(slot); }) {
  for (size_t i = 0; i < buckets_.size(); ++i) {
    for (const size_t slot : buckets_[i].slots) bucket_of_[slot] = i;
  }
}

void BucketReducer::begin(bool last_micro_batch) {
  const std::lock_guard lock(mutex_);
  if (reduces_) throw std::logic_error("GradientReducer: begin() before finish()");
  reduces_ = last_micro_batch;
  submitted_ = 0;
  has_arrived_.assign(arena_.slots().size(), false);
  pending_.clear();
  for (const Bucket& bucket : buckets_) pending_.push_back(bucket.slots.size());
}

void BucketReducer::arrived(size_t slot) {
  const std::lock_guard lock(mutex_);
  if (!reduces_) return;
  if (has_arrived_[slot]) {
    throw std::logic_error(
        core::format("GradientReducer: a second backward pass before finish() reached '{}'",
                     arena_.slots()[slot].name));
  }
  has_arrived_[slot] = true;
  --pending_[bucket_of_[slot]];
  size_t ready = submitted_;
  while (ready < buckets_.size() && pending_[ready] == 0) ++ready;
  submit_through(ready);
}

void BucketReducer::submit_through(size_t end) {
  for (; submitted_ < end; ++submitted_) {
    reduction_->submit(buckets_[submitted_].begin, buckets_[submitted_].end);
  }
}

void BucketReducer::finish() {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(reduces_, false)) return;
    submit_through(buckets_.size());
  }
  reduction_->wait();
  throw_if_missing();
}

void BucketReducer::reduce() {
  begin(true);
  {
    const std::lock_guard lock(mutex_);
    reduces_ = false;
    submit_through(buckets_.size());
  }
  reduction_->wait();
}

void BucketReducer::throw_if_missing() const {
  std::vector<std::pair<size_t, std::string>> missing;
  for (size_t i = 0; i < has_arrived_.size(); ++i) {
    const ops::ArenaSlot& slot = arena_.slots()[i];
    if (!has_arrived_[i]) missing.emplace_back(slot.order, slot.name);
  }
  if (missing.empty()) return;
  std::sort(missing.begin(), missing.end());
  std::string names;
  for (const auto& [order, name] : missing) names += (names.empty() ? "'" : ", '") + name + "'";
  throw std::logic_error("GradientReducer: the backward pass did not reach " + names);
}

std::unique_ptr<GradientReducer> make_bucket_reducer(const ops::FlatArena& arena,
                                                     std::unique_ptr<Communicator> communicator,
                                                     int64_t bucket_bytes) {
  return std::make_unique<BucketReducer>(
      arena, std::make_unique<ReductionThread>(arena.gradients(), std::move(communicator)),
      bucket_bytes);
}

std::unique_ptr<GradientReducer> make_device_bucket_reducer(const ops::FlatArena& arena,
                                                            DeviceRanks& ranks,
                                                            int64_t bucket_bytes) {
  return std::make_unique<BucketReducer>(
      arena, std::make_unique<DeviceReduction>(arena.gradients(), ranks), bucket_bytes);
}

}  // namespace train_backbone::comm
