#pragma once

// Text formatting for messages: core::format("{} of {}", a, b). One place names the library.
#include <spdlog/fmt/fmt.h>

namespace train_backbone::core {
using fmt::format;
}  // namespace train_backbone::core
