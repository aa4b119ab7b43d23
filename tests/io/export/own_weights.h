#pragma once

#include <string>

#include "train_backbone/io/export.h"

namespace train_backbone::io {

inline constexpr int64_t kTestClasses = 5;

// Weights of a network with our names and shapes, every value different from its neighbours'.
SafetensorsFile own_weights(const std::string& model, bool original = false);

ExportChoice choice_of(const std::string& model, models::Naming naming, bool original = false);

}  // namespace train_backbone::io
