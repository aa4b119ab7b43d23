#pragma once

#include <cstdint>

#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::commands {

// Square pictures of noise, always the same, with labels in turn.
data::Batch synthetic_batch(int64_t size, int64_t image_size, int64_t num_classes);

}  // namespace train_backbone::commands
