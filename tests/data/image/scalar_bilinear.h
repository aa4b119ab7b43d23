#pragma once

#include <cstdint>
#include <vector>

#include "data/image/pixel_view.h"
#include "data/image/resize_axis.h"

namespace train_backbone::data {

// LegacyBilinear written down plainly, one value after the other, from the formula alone.
std::vector<uint8_t> scalar_bilinear(const PixelView& source, const ResizeAxis& rows,
                                     const ResizeAxis& columns);

}  // namespace train_backbone::data
