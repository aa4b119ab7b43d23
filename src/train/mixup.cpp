#include "train_backbone/train/mixup.h"

#include <algorithm>

#include "train_backbone/core/rng.h"

namespace train_backbone::train {
namespace {

size_t partner_of(size_t position, size_t size, bool reversed) {
  if (reversed) return size - 1 - position;
  const size_t neighbour = position ^ 1U;
  return neighbour < size ? neighbour : position;
}

}  // namespace

std::vector<ops::MixPartner> plan_mixup(const MixupSettings& settings,
                                        std::span<const uint64_t> epochs,
                                        std::span<const uint64_t> records) {
  std::vector<ops::MixPartner> plan;
  if (settings.alpha <= 0) return plan;
  plan.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    const size_t partner = partner_of(i, records.size(), settings.reversed_partners);
    float weight = 1;
    if (partner != i) {
      core::SampleRng rng(settings.seed, core::RngStream::kMixup, epochs[i], records[i]);
      const double drawn = rng.beta(settings.alpha, settings.alpha);
      weight = static_cast<float>(std::max(drawn, 1 - drawn));
    }
    plan.push_back({.partner = static_cast<int64_t>(partner), .weight = weight});
  }
  return plan;
}

}  // namespace train_backbone::train
