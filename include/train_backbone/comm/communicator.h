#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::comm {

// What the ranks of a run say to each other. Every call but rank() and world_size() is collective:
// all ranks make the same calls in the same order, with spans of the same size, and a call returns
// when this rank's part is done. Small values and CPU memory.
// Calls of one communicator come from one thread at a time; a duplicate may be used by another
// thread at the same time.
// A peer that cannot be reached: LostPeer naming it where that is known. A peer that is silent
// blocks the call; that is what Watch is for.
class Communicator {
 public:
  virtual ~Communicator() = default;

  [[nodiscard]] virtual int64_t rank() const = 0;
  [[nodiscard]] virtual int64_t world_size() const = 0;

  // Every element becomes its sum over the ranks, added up in the order of the ranks (rank 0's
  // first), times `scale`: the bits do not depend on the backend, on where in a call an element
  // stands, or on how a tensor is cut into calls, and are the same on all ranks. `scale` is the
  // same on all ranks.
  virtual void all_reduce(std::span<float> values, float scale) = 0;
  virtual void all_reduce(std::span<double> values, double scale) = 0;
  void all_reduce_sum(std::span<float> values) { all_reduce(values, 1.0F); }
  void all_reduce_sum(std::span<double> values) { all_reduce(values, 1.0); }

  // The same with values that travel as bfloat16: each rank's are rounded to it (to the nearest,
  // of two to the even one), added up and scaled in fp32, and the result is rounded again. With one
  // rank nothing travels, and nothing is rounded.
  virtual void all_reduce_bfloat16(std::span<float> values, float scale) = 0;

  // Bytes of `root` on all ranks.
  virtual void broadcast(std::span<std::byte> bytes, int64_t root) = 0;

  // The texts of all ranks, by rank; they may differ in length.
  virtual std::vector<std::string> all_gather(std::string_view own) = 0;

  virtual void barrier() = 0;

  // Another channel between the same ranks. Collective.
  virtual std::unique_ptr<Communicator> duplicate() = 0;
};

}  // namespace train_backbone::comm
