#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "comm/bucket_plan.h"
#include "comm/gradient_hooks.h"
#include "comm/reduction.h"
#include "train_backbone/comm/gradient_reducer.h"

namespace train_backbone::comm {

// See make_bucket_reducer. A bucket is handed to the reduction when its gradients and those of all
// buckets before it have arrived: the same order on all ranks, whatever order the passes took.
class BucketReducer : public GradientReducer {
 public:
  BucketReducer(const ops::FlatArena& arena, std::unique_ptr<Reduction> reduction,
                int64_t bucket_bytes);
  void begin(bool last_micro_batch) override;
  void finish() override;
  void reduce() override;

 private:
  void arrived(size_t slot);
  void submit_through(size_t end);
  void throw_if_missing() const;

  const ops::FlatArena& arena_;
  std::vector<Bucket> buckets_;
  std::vector<size_t> bucket_of_;  // by slot
  std::mutex mutex_;               // hooks may run in threads of autograd; guards the next four
  bool reduces_ = false;
  std::vector<bool> has_arrived_;  // by slot
  std::vector<size_t> pending_;    // slots yet to arrive, by bucket
  size_t submitted_ = 0;           // buckets
  std::unique_ptr<Reduction> reduction_;
  GradientHooks hooks_;  // the last member: gone before what they call
};

}  // namespace train_backbone::comm
