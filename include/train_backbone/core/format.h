#pragma once

// Text formatting for messages: core::format("{} of {}", a, b). One place names the library.
#include <spdlog/fmt/fmt.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace train_backbone::core {

using fmt::format;

// "1 shard", "2 shards", "0 classes" (plural for what takes more than an s).
inline std::string counted(uint64_t count, std::string_view noun, std::string_view plural = {}) {
  if (count == 1) return format("1 {}", noun);
  return plural.empty() ? format("{} {}s", count, noun) : format("{} {}", count, plural);
}

}  // namespace train_backbone::core
