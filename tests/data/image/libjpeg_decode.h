#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "train_backbone/data/image/image.h"

namespace train_backbone::data {

// The picture as libjpeg alone decodes it (ISLOW, fancy upsampling); nothing where it finds an
// error or warns of invented pixels.
std::optional<Image> libjpeg_decode(std::span<const uint8_t> encoded);

}  // namespace train_backbone::data
