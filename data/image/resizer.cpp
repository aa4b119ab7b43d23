#include "data/image/resizer.h"

#include "data/image/antialiased_bilinear.h"
#include "data/image/legacy_bilinear.h"

namespace train_backbone::data {

std::unique_ptr<Resizer> make_resizer(Resampling resampling) {
  if (resampling == Resampling::kAntialiasedBilinear) {
    return std::make_unique<AntialiasedBilinear>();
  }
  return std::make_unique<LegacyBilinear>();
}

}  // namespace train_backbone::data
