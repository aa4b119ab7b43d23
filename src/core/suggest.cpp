#include "train_backbone/core/suggest.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

#include "train_backbone/core/format.h"

namespace train_backbone::core {
namespace {

// Optimal string alignment distance: Levenshtein's with swaps of neighbours as one edit.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> previous(b.size() + 1);
  std::vector<size_t> current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string quoted_list(const std::vector<std::string>& names, std::string_view last_separator) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? last_separator : std::string_view(", ");
    text += format("'{}'", names[i]);
  }
  return text;
}

}  // namespace

std::string fold_name(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_' && c != '-') {
      folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return folded;
}

std::vector<std::string> closest_names(std::string_view name, const std::vector<std::string>& known,
                                       size_t most) {
  const std::string folded = fold_name(name);
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const std::string& candidate : known) {
    const std::string folded_candidate = fold_name(candidate);
    const size_t distance = edit_distance(folded, folded_candidate);
    const size_t allowed = std::max<size_t>(2, folded.size() / 3);
    const bool starts = folded.size() >= 3 && folded_candidate.starts_with(folded);
    if (distance <= allowed || starts) ranked.emplace_back(distance, candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  std::vector<std::string> closest;
  for (size_t i = 0; i < std::min(most, ranked.size()); ++i) closest.push_back(ranked[i].second);
  return closest;
}

std::string unknown_name_message(std::string_view kind, std::string_view name,
                                 const std::vector<std::string>& known) {
  const std::vector<std::string> closest = closest_names(name, known);
  if (!closest.empty()) {
    return format("unknown {} '{}'; did you mean {}?", kind, name, quoted_list(closest, " or "));
  }
  return format("unknown {} '{}'; known are {}", kind, name, quoted_list(known, " and "));
}

}  // namespace train_backbone::core
