#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::data {

using LineAction = std::function<void(std::string_view line, uint64_t number)>;

// Calls `action` with each line of a text file (without blanks around it, numbered from 1) that is
// not empty. A byte order mark is no part of the first. Throws core::DataError when it cannot be
// read.
void for_each_line(const std::filesystem::path& path, const LineAction& action);

// The same without the lines that begin with '#'.
void for_each_entry(const std::filesystem::path& path, const LineAction& action);

// Removes the first word, that is up to a blank, from `text` and returns it; "" when there is none.
std::string_view take_word(std::string_view& text);

bool is_number(std::string_view word);

// The text with blanks for line ends and tabs, which a file name may hold, so that it can be a
// field of a line.
std::string one_line(std::string text);

// A file with one class per line, in the order of the labels (synsets.txt). The name is the whole
// line, as folders may have blanks and '#' in theirs; only where every line begins with a synset
// (n01440764) words behind it are ignored. Throws core::DataError when it is empty or names a class
// twice.
std::vector<std::string> read_class_names(const std::filesystem::path& path);

// "ID SYNSET" or "SYNSET ID" per line, further words ignored: the devkit's numbering.
std::map<std::string, std::string, std::less<>> read_devkit_map(const std::filesystem::path& path);

// "SYNSET WORDS" per line: what the class is called.
std::map<std::string, std::string, std::less<>> read_synset_words(
    const std::filesystem::path& path);

}  // namespace train_backbone::data
