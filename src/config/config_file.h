#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::config {

// A line "name = value" of a configuration file.
struct FileValue {
  std::string section;  // of the heading "[train]" above it; empty above the first
  std::string name;
  std::string text;  // as on a command line: 64, 0.1, true, cosine
  size_t line = 0;   // from 1
};

// The values of a TOML file as --print_config writes it: one per line, texts in "..." (with TOML's
// escapes) or '...', numbers and true or false bare; comments; headings of one word. Of TOML's rest
// (tables, arrays, dates, texts of several lines) nothing has a meaning here, and it is refused.
// `path` is for messages. Throws core::UsageError naming file and line.
std::vector<FileValue> parse_config_text(std::string_view text, const std::filesystem::path& path);

// The same of a file. Throws core::DataError when it cannot be read.
std::vector<FileValue> read_config_file(const std::filesystem::path& path);

}  // namespace train_backbone::config
