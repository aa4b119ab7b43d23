#include "config/config_file.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::config {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 20;

std::string utf8(uint32_t code) {
  std::string text;
  const auto tail = [&](int shift) { text += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) {
    text += static_cast<char>(0xC0U | code >> 6U);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0U | code >> 12U);
    tail(6);
  } else {
    text += static_cast<char>(0xF0U | code >> 18U);
    tail(12);
    tail(6);
  }
  tail(0);
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool is_bare(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// One line of a file.
class LineParser {
 public:
  LineParser(std::string_view line, const std::filesystem::path& path, size_t number)
      : rest_(trimmed(line)), path_(path), number_(number) {}

  [[nodiscard]] bool empty() const { return rest_.empty() || rest_.front() == '#'; }
  [[nodiscard]] bool is_heading() const { return rest_.front() == '['; }

  std::string heading() {
    const size_t end = rest_.find(']');
    if (end == std::string_view::npos) refuse("a heading ends with ]");
    const std::string_view name = trimmed(rest_.substr(1, end - 1));
    if (!is_bare(name)) refuse("a heading is the name of a command, such as [train]");
    rest_ = trimmed(rest_.substr(end + 1));
    expect_end();
    return std::string(name);
  }

  FileValue value() {
    const size_t equals = rest_.find('=');
    if (equals == std::string_view::npos) refuse("expected NAME = VALUE");
    FileValue result{.section = {}, .name = {}, .text = {}, .line = number_};
    result.name = trimmed(rest_.substr(0, equals));
    if (!is_bare(result.name)) {
      refuse(core::format("'{}' is no name of an option", result.name));
    }
    std::replace(result.name.begin(), result.name.end(), '-', '_');
    rest_ = trimmed(rest_.substr(equals + 1));
    result.text = text();
    expect_end();
    return result;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw core::UsageError(core::format("{}:{}: {}", path_.string(), number_, what));
  }

 private:
  std::string text() {
    if (rest_.starts_with("\"\"\"") || rest_.starts_with("'''")) {
      refuse("a text of several lines means nothing here");
    }
    if (rest_.starts_with('"')) return basic_text();
    if (rest_.starts_with('\'')) return literal_text();
    if (rest_.starts_with('[') || rest_.starts_with('{')) {
      refuse("a list or table means nothing here: one value per option");
    }
    return bare_text();
  }

  std::string literal_text() {
    const size_t end = rest_.find('\'', 1);
    if (end == std::string_view::npos) refuse("a text that begins with ' ends with '");
    std::string result(rest_.substr(1, end - 1));
    rest_ = trimmed(rest_.substr(end + 1));
    return result;
  }

  std::string basic_text() {
    std::string result;
    size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\') {
        result += escape(++at);
      } else {
        result += rest_[at];
      }
    }
    if (at >= rest_.size()) refuse("a text that begins with \" ends with \"");
    rest_ = trimmed(rest_.substr(at + 1));
    return result;
  }

  // `at`: the character behind the backslash; afterwards the escape's last one.
  std::string escape(size_t& at) const {
    constexpr std::string_view kNames = "btnfr\"\\";
    constexpr std::string_view kMeanings = "\b\t\n\f\r\"\\";
    const char name = at < rest_.size() ? rest_[at] : '\0';
    const size_t known = kNames.find(name);
    if (name != '\0' && known != std::string_view::npos) return {kMeanings[known]};
    if (name != 'u' && name != 'U') refuse("unknown escape behind a backslash; '...' has none");
    const size_t digits = name == 'u' ? 4 : 8;
    const std::string_view hex = rest_.substr(std::min(at + 1, rest_.size()), digits);
    uint32_t code = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    const bool whole = error == std::errc() && end == hex.data() + digits && hex.size() == digits;
    constexpr uint32_t kLast = 0x10FFFF;
    if (!whole || code > kLast || (code >= 0xD800 && code < 0xE000)) {
      refuse("a wrong \\u escape");
    }
    at += digits;
    return utf8(code);
  }

  // Numbers may have _ between their digits.
  std::string bare_text() {
    const size_t end = rest_.find_first_of(" \t#");
    std::string result(rest_.substr(0, end));
    rest_ = end == std::string_view::npos ? std::string_view() : trimmed(rest_.substr(end));
    const bool number =
        !result.empty() && result.find_first_not_of("+-.0123456789eE_") == std::string::npos;
    if (number) std::erase(result, '_');
    if (number || result == "true" || result == "false") return result;
    refuse(result.empty() ? "the value is missing"
                          : core::format("{}: a text stands in quotes: \"{}\"", result, result));
  }

  void expect_end() const {
    if (!empty()) refuse(core::format("'{}' is too much for this line", rest_));
  }

  std::string_view rest_;
  const std::filesystem::path& path_;
  size_t number_;
};

}  // namespace

std::vector<FileValue> parse_config_text(std::string_view text, const std::filesystem::path& path) {
  std::vector<FileValue> values;
  std::set<std::pair<std::string, std::string>> seen;
  std::string section;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    LineParser line(text.substr(0, end), path, number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (line.is_heading()) {
      section = line.heading();
      continue;
    }
    FileValue value = line.value();
    value.section = section;
    if (!seen.emplace(section, value.name).second) {
      line.refuse(core::format("{} is given twice", value.name));
    }
    values.push_back(std::move(value));
  }
  return values;
}

std::vector<FileValue> read_config_file(const std::filesystem::path& path) {
  return parse_config_text(core::read_file(path, kMostBytes), path);
}

}  // namespace train_backbone::config
