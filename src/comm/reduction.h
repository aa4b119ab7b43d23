#pragma once

#include <cstdint>

namespace train_backbone::comm {

// Makes stretches of a flat tensor their mean over the ranks, in the order in which it is told.
class Reduction {
 public:
  virtual ~Reduction() = default;
  // Elements [begin, end) are not to be touched before wait() has returned. From any thread, one at
  // a time.
  virtual void submit(int64_t begin, int64_t end) = 0;
  // Returns when all is done that was submitted; on a GPU when what the current stream is given
  // from now on finds it done. Throws what went wrong; nothing more is reduced after that.
  virtual void wait() = 0;
};

}  // namespace train_backbone::comm
