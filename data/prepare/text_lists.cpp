#include "data/prepare/text_lists.h"

#include <algorithm>
#include <set>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // Windows' editors begin UTF-8 so

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// "n01440764"
bool is_synset(std::string_view word) {
  constexpr size_t kDigits = 8;
  return word.size() == 1 + kDigits && word.front() == 'n' && is_number(word.substr(1));
}

}  // namespace

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return text;
}

void for_each_line(const std::filesystem::path& path, const LineAction& action) {
  const std::string text = core::read_file(path);
  std::string_view rest = text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  for (uint64_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    if (!line.empty()) action(line, number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void for_each_entry(const std::filesystem::path& path, const LineAction& action) {
  for_each_line(path, [&](std::string_view line, uint64_t number) {
    if (line.front() != '#') action(line, number);
  });
}

std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text = trimmed(text.substr(word.size()));
  return word;
}

bool is_number(std::string_view word) {
  return !word.empty() &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> read_class_names(const std::filesystem::path& path) {
  std::vector<std::string> names;
  bool synsets = true;
  for_each_line(path, [&](std::string_view line, uint64_t) {
    names.emplace_back(line);
    synsets = synsets && is_synset(take_word(line));
  });
  if (names.empty()) throw core::DataError(path, "names no class");
  std::set<std::string, std::less<>> seen;
  for (std::string& name : names) {
    std::string_view line = name;
    if (synsets) name = std::string(take_word(line));
    if (!seen.insert(name).second) {
      throw core::DataError(path, core::format("names class '{}' a second time", name));
    }
  }
  return names;
}

std::map<std::string, std::string, std::less<>> read_devkit_map(const std::filesystem::path& path) {
  std::map<std::string, std::string, std::less<>> synsets;
  for_each_entry(path, [&](std::string_view line, uint64_t number) {
    std::string_view id = take_word(line);
    std::string_view synset = take_word(line);
    if (!is_number(id)) std::swap(id, synset);
    if (!is_number(id) || synset.empty() || is_number(synset)) {
      throw core::DataError(path, core::format("line {} is not 'ID SYNSET'", number));
    }
    synsets.emplace(id, synset);
  });
  return synsets;
}

std::map<std::string, std::string, std::less<>> read_synset_words(
    const std::filesystem::path& path) {
  std::map<std::string, std::string, std::less<>> words;
  for_each_entry(path, [&](std::string_view line, uint64_t) {
    const std::string_view synset = take_word(line);
    words.emplace(synset, line);
  });
  return words;
}

}  // namespace train_backbone::data
