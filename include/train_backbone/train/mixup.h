#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train_backbone/ops/input_transform.h"

namespace train_backbone::train {

struct MixupSettings {
  double alpha = 0;  // of Beta(alpha, alpha); 0: off
  uint64_t seed = 0;
  bool reversed_partners = false;  // as the original: position i with N - 1 - i
};

// Mixup (Zhang et al. 2018) of one batch: each sample's partner and its own share max(b, 1 - b), b
// from Beta(alpha, alpha). The draw belongs to (seed, epoch, record) of the sample, so it does not
// depend on where in the batch the sample stands. Positions 2k and 2k + 1 are partners of each
// other; a lone last sample stays unmixed (reversed_partners: the middle one of an odd batch does).
// epochs and records are the batch's, of the same length. Empty when alpha is 0.
std::vector<ops::MixPartner> plan_mixup(const MixupSettings& settings,
                                        std::span<const uint64_t> epochs,
                                        std::span<const uint64_t> records);

}  // namespace train_backbone::train
