#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "train_backbone/core/options.h"

namespace train_backbone::config {

// Where a value came from, in ascending precedence: of two sources the later one here wins.
// kJob: what follows from where the program runs (a SageMaker job's folders).
enum class Source { kDefault, kJob, kPreset, kFile, kEnvironment, kHyperparameters, kCommandLine };

// "default", "job", "preset", "file", "environment", "hyperparameters", "command line".
std::string_view source_name(Source source);

// All sources by their names: "default < job < ... < command line".
std::string precedence();

// One declared option together with the field it fills and the origin of the field's value.
// The field and the texts of the declaration must outlive the setting. Not thread safe.
class Setting {
 public:
  using Field = std::variant<bool*, int64_t*, double*, std::string*, std::optional<int64_t>*,
                             std::optional<double>*>;

  Setting(Field field, core::OptionInfo info);

  [[nodiscard]] const core::OptionInfo& info() const { return info_; }
  [[nodiscard]] std::string name() const { return std::string(info_.name); }
  [[nodiscard]] Source source() const { return source_; }
  [[nodiscard]] bool is_flag() const { return std::holds_alternative<bool*>(field_); }
  // How messages name the option: "--batch_size", "PATH" for a positional one,
  // "TRAIN_BACKBONE_BATCH_SIZE" when `source` is the environment, "batch_size" for a file or
  // hyperparameters.
  [[nodiscard]] std::string label(Source source) const;
  // What the help shows in place of a value: the declared name, or "INTEGER", "NUMBER", "TEXT"; ""
  // for a flag.
  [[nodiscard]] std::string_view placeholder() const;

  // Parses `text` strictly, checks bound and choices and stores the value, unless the present one
  // comes from a source of higher precedence. A choice is stored in its declared spelling.
  // Throws core::UsageError that names option and value as `source` spells them.
  void assign(const std::string& text, Source source);

  // Empties an optional field, as if no source had set it; others stay.
  void forget();

  // Whether the field holds a value: not an empty optional and not an empty text.
  [[nodiscard]] bool has_value() const;
  // The value as plain text ("64", "0.1", "true", "cosine", "auto"); empty without one.
  [[nodiscard]] std::string text() const;
  // The value as TOML; meaningless without one.
  [[nodiscard]] std::string toml() const;

 private:
  // Between name and value in messages.
  [[nodiscard]] std::string_view separator_of(Source source) const;
  // A whole number that is 0 and has a word for that.
  [[nodiscard]] bool is_called_by_word() const;

  Field field_;
  core::OptionInfo info_;
  Source source_ = Source::kDefault;
};

// "TRAIN_BACKBONE_BATCH_SIZE" for "batch_size".
std::string environment_name(std::string_view option_name);

}  // namespace train_backbone::config
