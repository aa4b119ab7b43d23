#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace train_backbone::io {

// Parses JSON from a file that may be hostile: a repeated name in an object, more than four levels,
// a zero byte and everything that is not JSON is a core::DataError naming `path`.
nlohmann::json parse_strict_json(std::string_view text, const std::filesystem::path& path);

// The begin of a text that may be of any length, for messages.
std::string excerpt(std::string_view text);

// The text of a value; bytes that are not UTF-8 become U+FFFD, NaN and infinity become null.
std::string dump_json(const nlohmann::json& value, int indent = -1);

}  // namespace train_backbone::io
