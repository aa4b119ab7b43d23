#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace train_backbone::io {

// Text that HTML shows as it is, in elements and in quoted attributes. Control characters, which no
// HTML may hold, become U+FFFD; so do bytes that are no UTF-8.
std::string escaped(std::string_view text);

std::string base64(std::span<const uint8_t> bytes);

}  // namespace train_backbone::io
