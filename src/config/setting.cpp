#include "train_backbone/config/setting.h"

#include <cctype>
#include <type_traits>
#include <utility>

#include "config/parse_value.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::config {
namespace {

std::string upper_case(std::string_view name) {
  std::string upper;
  for (const char c : name) {
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return upper;
}

template <class Value>
std::string value_text(const Value& value) {
  if constexpr (std::is_same_v<Value, std::string>) {
    return value;
  } else {
    return core::format("{}", value);  // the shortest digits that give the same number back
  }
}

template <class Value>
std::string value_text(const std::optional<Value>& value) {
  return value ? value_text(*value) : "";
}

std::string toml_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      quoted += core::format("\\u{:04x}", code);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

std::string_view source_name(Source source) {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kJob:
      return "job";
    case Source::kPreset:
      return "preset";
    case Source::kFile:
      return "file";
    case Source::kEnvironment:
      return "environment";
    case Source::kHyperparameters:
      return "hyperparameters";
    case Source::kCommandLine:
      return "command line";
  }
  return "";
}

std::string precedence() {
  std::string text;
  for (int i = 0; i <= static_cast<int>(Source::kCommandLine); ++i) {
    text += core::format("{}{}", i == 0 ? "" : " < ", source_name(static_cast<Source>(i)));
  }
  return text;
}

std::string environment_name(std::string_view option_name) {
  return core::format("TRAIN_BACKBONE_{}", upper_case(option_name));
}

Setting::Setting(Field field, core::OptionInfo info) : field_(field), info_(std::move(info)) {}

std::string Setting::label(Source source) const {
  if (source == Source::kEnvironment) return environment_name(info_.name);
  if (source == Source::kFile) return name();
  if (source == Source::kHyperparameters) return core::format("hyperparameter {}", info_.name);
  return info_.positional ? upper_case(info_.name) : core::format("--{}", info_.name);
}

std::string_view Setting::placeholder() const {
  if (!info_.value_name.empty()) return info_.value_name;
  switch (field_.index()) {
    case 0:
      return "";
    case 1:
    case 4:
      return "INTEGER";
    case 2:
    case 5:
      return "NUMBER";
    default:
      return "TEXT";
  }
}

std::string_view Setting::separator_of(Source source) const {
  if (source == Source::kEnvironment) return "=";
  if (source == Source::kFile || source == Source::kHyperparameters) return " = ";
  return info_.positional ? ": " : " ";
}

void Setting::assign(const std::string& text, Source source) {
  const std::string option = this->label(source);
  if (text.empty()) {
    throw core::UsageError(core::format("{}: missing value{}{}", option,
                                        info_.value_name.empty() ? "" : "; it takes ",
                                        info_.value_name));
  }
  const std::string where = core::format("{}{}{}", option, separator_of(source), text);
  const bool wins = source >= source_;
  // Parsed even where it does not win: a wrong value is an error wherever it stands.
  const auto store = [&](auto& target, auto value) {
    if (wins) target = std::move(value);
  };
  std::visit(
      [&](auto* target) {
        using Value = std::remove_reference_t<decltype(*target)>;
        if constexpr (std::is_same_v<Value, bool>) {
          const std::optional<bool> value = parse_bool(text);
          if (!value) throw core::UsageError(core::format("{}: must be true or false", where));
          store(*target, *value);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          store(*target, parse_text(text, info_, option));
        } else if constexpr (std::is_same_v<Value, double> ||
                             std::is_same_v<Value, std::optional<double>>) {
          store(*target, parse_number(text, info_, where));
        } else {
          store(*target, parse_integer(text, info_, where));
        }
      },
      field_);
  if (wins) source_ = source;
}

void Setting::forget() {
  std::visit(
      [&](auto* target) {
        if constexpr (requires { target->reset(); }) {
          target->reset();
          source_ = Source::kDefault;
        }
      },
      field_);
}

bool Setting::is_called_by_word() const {
  const auto* const* number = std::get_if<int64_t*>(&field_);
  return number != nullptr && **number == 0 && !info_.word_for_zero.empty();
}

bool Setting::has_value() const { return !text().empty(); }

std::string Setting::text() const {
  if (is_called_by_word()) return std::string(info_.word_for_zero);
  return std::visit([](const auto* target) { return value_text(*target); }, field_);
}

std::string Setting::toml() const {
  std::string value = text();
  if (std::holds_alternative<std::string*>(field_) || is_called_by_word()) {
    return toml_string(value);
  }
  const bool is_number = std::holds_alternative<double*>(field_) ||
                         std::holds_alternative<std::optional<double>*>(field_);
  // TOML tells floats from integers by their spelling.
  if (is_number && value.find_first_of(".e") == std::string::npos) value += ".0";
  return value;
}

}  // namespace train_backbone::config
