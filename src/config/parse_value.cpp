#include "config/parse_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::config {
namespace {

template <class Number>
Number parse_whole_text(std::string_view text, std::string_view kind, const std::string& where) {
  std::string_view digits = text;
  // from_chars knows no plus sign; what follows it must not be a second sign.
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  Number value{};
  const char* end = digits.data() + digits.size();
  const std::from_chars_result result = std::from_chars(digits.data(), end, value);
  if (result.ec == std::errc::result_out_of_range) {
    throw core::UsageError(core::format("{}: too large or too small for a number", where));
  }
  if (result.ec != std::errc() || result.ptr != end) {
    throw core::UsageError(core::format("{}: must be {}", where, kind));
  }
  return value;
}

void check_bound(double value, const core::OptionInfo& info, const std::string& where) {
  if (info.bound.contains(value)) return;
  const std::string unit = info.unit.empty() ? "" : core::format(" ({})", info.unit);
  throw core::UsageError(core::format("{}: must be {}{}", where, info.bound.text(), unit));
}

}  // namespace

std::optional<bool> parse_bool(std::string_view text) {
  const std::string folded = core::fold_name(text);
  if (folded == "true" || folded == "1" || folded == "yes") return true;
  if (folded == "false" || folded == "0" || folded == "no") return false;
  return std::nullopt;
}

int64_t parse_integer(std::string_view text, const core::OptionInfo& info,
                      const std::string& where) {
  const std::string_view word = info.word_for_zero;
  if (!word.empty() && core::fold_name(text) == core::fold_name(word)) return 0;
  const std::string kind =
      word.empty() ? "a whole number" : core::format("a whole number or {}", word);
  const auto value = parse_whole_text<int64_t>(text, kind, where);
  check_bound(static_cast<double>(value), info, where);
  return value;
}

double parse_number(std::string_view text, const core::OptionInfo& info, const std::string& where) {
  const auto value = parse_whole_text<double>(text, "a number", where);
  if (!std::isfinite(value)) {
    throw core::UsageError(core::format("{}: must be a finite number", where));
  }
  check_bound(value, info, where);
  return value;
}

std::string parse_text(std::string_view text, const core::OptionInfo& info,
                       const std::string& option) {
  if (info.choices.empty()) return std::string(text);
  const std::string folded = core::fold_name(text);
  for (const std::string_view choice : info.choices) {
    if (core::fold_name(choice) == folded) return std::string(choice);
  }
  std::string kind(info.name);
  std::replace(kind.begin(), kind.end(), '_', ' ');
  const std::vector<std::string> known(info.choices.begin(), info.choices.end());
  throw core::UsageError(
      core::format("{}: {}", option, core::unknown_name_message(kind, text, known)));
}

}  // namespace train_backbone::config
