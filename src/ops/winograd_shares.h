#pragma once

#include <cstdint>

#include "ops/winograd_cpu.h"

namespace train_backbone::ops {

// How the work of a convolution is divided: `parts` of the tiles, each with all groups of channels
// or, where there are fewer parts than threads, with some of them.
class WinogradShares {
 public:
  // Parts have at least about `least_tiles`; there are no more shares than threads.
  WinogradShares(int64_t tiles, int64_t least_tiles, int64_t groups, int64_t threads);

  [[nodiscard]] int64_t parts() const { return parts_; }
  [[nodiscard]] int64_t count() const { return parts_ * columns_; }
  [[nodiscard]] int64_t part_of(int64_t share) const { return share / columns_; }
  [[nodiscard]] WinogradShare of(int64_t share) const;

 private:
  int64_t tiles_;
  int64_t groups_;
  int64_t parts_;
  int64_t columns_;
};

}  // namespace train_backbone::ops
