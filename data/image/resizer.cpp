#include "data/image/resizer.h"

#include "data/image/legacy_bilinear.h"

namespace train_backbone::data {

std::unique_ptr<Resizer> make_resizer(Resampling /*resampling*/) {
  return std::make_unique<LegacyBilinear>();
}

}  // namespace train_backbone::data
