#include "models/key_pattern.h"

#include <algorithm>
#include <utility>

namespace train_backbone::models {
namespace {

constexpr size_t kMostDigits = 6;

// Takes the placeholder's text off the begin of `key`.
std::optional<std::string> take_number(std::string_view& key, int more) {
  const size_t digits = std::min(key.find_first_not_of("0123456789"), key.size());
  if (digits == 0 || digits > kMostDigits || (digits > 1 && key[0] == '0')) return std::nullopt;
  const int number = std::stoi(std::string(key.substr(0, digits))) - more;
  if (number < 0) return std::nullopt;
  key.remove_prefix(digits);
  return std::to_string(number);
}

std::optional<std::string> take_leaf(std::string_view& key, const NormLeaves& leaves) {
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!key.starts_with(leaves[i])) continue;
    key.remove_prefix(leaves[i].size());
    return std::to_string(i);
  }
  return std::nullopt;
}

std::optional<std::string> take(char placeholder, std::string_view& key, const NormLeaves& leaves) {
  switch (placeholder) {
    case '#':
      return take_number(key, 0);
    case '^':
      return take_number(key, 1);
    case '%':
      return take_leaf(key, leaves);
    default:
      return std::string(std::exchange(key, {}));
  }
}

bool is_placeholder(char character) {
  return std::string_view("#^%*").find(character) != std::string_view::npos;
}

}  // namespace

std::optional<std::vector<std::string>> match_key(std::string_view pattern, std::string_view key,
                                                  const NormLeaves& leaves) {
  std::vector<std::string> parts;
  for (const char wanted : pattern) {
    if (is_placeholder(wanted)) {
      auto part = take(wanted, key, leaves);
      if (!part) return std::nullopt;
      parts.push_back(std::move(*part));
    } else {
      if (key.empty() || key.front() != wanted) return std::nullopt;
      key.remove_prefix(1);
    }
  }
  if (!key.empty()) return std::nullopt;
  return parts;
}

std::string fill_key(std::string_view pattern, const std::vector<std::string>& parts,
                     const NormLeaves& leaves) {
  std::string key;
  auto part = parts.begin();
  for (const char wanted : pattern) {
    switch (wanted) {
      case '^':
        key += std::to_string(std::stoi(*part++) + 1);
        break;
      case '%':
        key += leaves.at(std::stoul(*part++));
        break;
      case '#':
      case '*':
        key += *part++;
        break;
      default:
        key += wanted;
    }
  }
  return key;
}

}  // namespace train_backbone::models
