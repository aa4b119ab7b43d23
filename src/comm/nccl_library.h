#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace train_backbone::comm {

// The seam to NCCL: one communicator of it, with a stream of its own. nccl_cuda.cpp, or
// nccl_none.cpp where the build has none. No call waits; all but abort() are from one thread at a
// time.
class NcclLibrary {
 public:
  enum class State { kDone, kInProgress, kFailed };
  struct Answer {
    State state = State::kDone;
    std::string error = {};  // of kFailed
  };
  enum class Number { kFloat, kDouble };

  // Aborts what has not been finalised.
  virtual ~NcclLibrary() = default;

  // What the ranks of a new communicator have to agree on; made by one of them.
  virtual Answer make_id(std::string& id) = 0;
  virtual Answer begin_init(const std::string& id, int64_t rank, int64_t world_size) = 0;
  // Of the call begun last, and of the connections between the ranks.
  virtual Answer state() = 0;
  // In place, behind what the current stream has been given so far, on the own stream.
  virtual Answer begin_all_reduce(void* values, int64_t count, Number number, bool mean) = 0;
  // The current stream waits for the own one.
  virtual void join() = 0;
  // All ranks are done with the communicator.
  virtual Answer begin_finalize() = 0;
  // Ends what is under way on this rank.
  virtual void abort() = 0;
};

// Throws core::DeviceError where the build has no NCCL, or loads another one than it was made for.
std::unique_ptr<NcclLibrary> make_nccl_library();

}  // namespace train_backbone::comm
