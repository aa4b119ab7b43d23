#include "ops/winograd_shares.h"

#include <algorithm>

namespace train_backbone::ops {
namespace {

// Piece `number` of `pieces` of [0, count).
Range piece(int64_t count, int64_t number, int64_t pieces) {
  return {.begin = count * number / pieces, .end = count * (number + 1) / pieces};
}

}  // namespace

WinogradShares::WinogradShares(int64_t tiles, int64_t least_tiles, int64_t groups, int64_t threads)
    : tiles_(tiles),
      groups_(groups),
      parts_(std::clamp<int64_t>(tiles / least_tiles, 1, threads)),
      columns_(std::clamp<int64_t>(threads / parts_, 1, groups)) {}

WinogradShare WinogradShares::of(int64_t share) const {
  return {.tiles = piece(tiles_, part_of(share), parts_),
          .groups = piece(groups_, share % columns_, columns_)};
}

}  // namespace train_backbone::ops
