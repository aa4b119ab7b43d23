#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "train_backbone/core/options.h"

// Strict readers of values: the whole text counts. `where` names option and value in errors.
namespace train_backbone::config {

// true|false|1|0|yes|no in any case; nothing for other texts.
std::optional<bool> parse_bool(std::string_view text);

// A decimal whole number within `info.bound`, or 0 for `info.word_for_zero`. Throws
// core::UsageError.
int64_t parse_integer(std::string_view text, const core::OptionInfo& info,
                      const std::string& where);

// A finite decimal number within `info.bound`. Throws core::UsageError.
double parse_number(std::string_view text, const core::OptionInfo& info, const std::string& where);

// The declared spelling of the choice that `text` names; `text` itself where the option has no
// choices. `option` names the option in the core::UsageError for an unknown one.
std::string parse_text(std::string_view text, const core::OptionInfo& info,
                       const std::string& option);

}  // namespace train_backbone::config
