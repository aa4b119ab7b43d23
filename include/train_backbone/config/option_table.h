#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/config/setting.h"
#include "train_backbone/core/options.h"

namespace train_backbone::config {

// Options that stand together under one heading of the help.
struct OptionGroup {
  std::string title;
  core::Options* options;  // borrowed; filled when values are assigned
  // Asks something of the program (--help) instead of configuring the work: taken from the command
  // line only and left out of the dump.
  bool about_program = false;
};

// The resolved configuration as text, without the options about the program.
struct ResolvedConfig {
  std::string toml;                           // a line per option with the origin of its value
  std::map<std::string, std::string> values;  // name -> plain text, "" for one that is not set
};

// A value that some source gave to an option.
struct Assignment {
  std::string name;  // snake_case
  std::string text;
  Source source = Source::kDefault;
};

// All options of one command, gathered from the options structs of the rooms.
class OptionTable {
 public:
  struct Group {
    std::string title;
    bool about_program = false;
    std::deque<Setting> settings;
  };

  // Throws std::logic_error when two options claim one name: a defect of the program.
  explicit OptionTable(const std::vector<OptionGroup>& groups);

  [[nodiscard]] const std::deque<Group>& groups() const { return groups_; }
  // By name or short name, snake_case; nullptr when there is none.
  [[nodiscard]] Setting* find(std::string_view name) const;
  // Names of all options, "batch_size", in the order of their declaration.
  [[nodiscard]] std::vector<std::string> names() const;

  // Throws core::UsageError for a value that does not fit, and where one source sets two options
  // that stand for each other (OptionInfo::instead_of). The names must be known.
  void assign(const std::vector<Assignment>& assignments) const;
  // Throws core::UsageError naming every required option that no source has set.
  void check_required() const;

  [[nodiscard]] ResolvedConfig resolved(std::string_view headline) const;

 private:
  void index(std::string_view name, Setting& setting);
  void settle(Setting& setting) const;
  [[nodiscard]] bool is_superseded(const Setting& setting) const;

  std::deque<Group> groups_;  // a deque keeps the addresses in by_name_
  std::map<std::string, Setting*, std::less<>> by_name_;
};

}  // namespace train_backbone::config
