#pragma once

#include <cstdint>
#include <memory>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/device_ranks.h"
#include "train_backbone/ops/flat_arena.h"

namespace train_backbone::comm {

// Makes the gradients of an arena their mean over the ranks: the sum in the order of the ranks,
// then times 1 / world_size. All ranks get the same bits, and get the same from either kind of
// reducer.
//
//   for (i = 0; i < n; ++i) {
//     reducer.begin(i + 1 == n);  // of n micro-batches the last one reduces
//     loss(i).backward();
//     reducer.finish();
//   }
//
// begin() and finish() come from one thread; finish() after begin(true) is collective. The arena's
// gradients are not to be touched between begin(true) and finish() but by that one backward pass.
class GradientReducer {
 public:
  virtual ~GradientReducer() = default;

  // Before a backward pass. std::logic_error when begin(true) was not followed by finish().
  virtual void begin(bool last_micro_batch) = 0;
  // After it. Returns when the gradients are the mean; does nothing after begin(false). Throws what
  // the communicator threw; the reducer is of no use then.
  virtual void finish() = 0;
  // In place of both where the last backward pass is over and no hooks have seen it, as when it was
  // replayed: the reductions of begin(true) to finish() in the same order, so that other ranks may
  // go that way meanwhile. Which gradients were reached is not known. Collective; throws the same.
  virtual void reduce() = 0;
};

// The plain one: all gradients in one reduction, in finish(). Borrows the arena.
std::unique_ptr<GradientReducer> make_inline_reducer(const ops::FlatArena& arena,
                                                     std::unique_ptr<Communicator> communicator);

// The fast one: reduces in buckets of about `bucket_bytes` (>= 1) while the backward pass still
// computes the rest, on a thread of its own, which uses the communicator alone. Borrows the arena,
// whose parameters it watches with autograd hooks until it is destroyed.
//
// finish() throws std::logic_error naming the parameters that the backward pass did not reach.
// Before that, their gradients (as they are: zero, or what earlier micro-batches left) are reduced
// like all others, so that no rank waits for another. A second backward pass between begin(true)
// and finish() is a std::logic_error, thrown out of that pass. The destructor waits for the
// reduction under way, if any, and drops the others.
std::unique_ptr<GradientReducer> make_bucket_reducer(const ops::FlatArena& arena,
                                                     std::unique_ptr<Communicator> communicator,
                                                     int64_t bucket_bytes);

// The same on a GPU, where the ranks do the reducing (and the order of addition is theirs): buckets
// are begun while the backward pass still runs, and finish() waits on the GPU, not on the host.
// Borrows the ranks, too.
std::unique_ptr<GradientReducer> make_device_bucket_reducer(const ops::FlatArena& arena,
                                                            DeviceRanks& ranks,
                                                            int64_t bucket_bytes);

}  // namespace train_backbone::comm
