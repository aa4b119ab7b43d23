#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "data/image/pixel_view.h"
#include "data/image/resize_axis.h"

namespace train_backbone::data {

// Resizes pictures by one formula. Implementations keep their memory between pictures and are not
// thread safe; the result depends on the arguments alone and is the same on every CPU.
class Resizer {
 public:
  virtual ~Resizer() = default;
  // Writes uint8 [rows.count, columns.count, 3] to `out`. `source` begins at position
  // (rows.origin, columns.origin) and holds all that the axes read; nothing beyond it is read.
  virtual void resize(const PixelView& source, const ResizeAxis& rows, const ResizeAxis& columns,
                      std::span<uint8_t> out) = 0;
};

enum class Resampling { kLegacyBilinear, kAntialiasedBilinear };

std::unique_ptr<Resizer> make_resizer(Resampling resampling);

}  // namespace train_backbone::data
