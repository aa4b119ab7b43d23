#include "train_backbone/config/option_table.h"

#include <algorithm>
#include <stdexcept>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::config {
namespace {

// Turns each declaration into a setting.
class Collector : public core::OptionVisitor {
 public:
  explicit Collector(std::deque<Setting>& settings) : settings_(settings) {}
  void option(bool& value, const core::OptionInfo& info) override { add(&value, info); }
  void option(int64_t& value, const core::OptionInfo& info) override { add(&value, info); }
  void option(double& value, const core::OptionInfo& info) override { add(&value, info); }
  void option(std::string& value, const core::OptionInfo& info) override { add(&value, info); }
  void option(std::optional<int64_t>& value, const core::OptionInfo& info) override {
    add(&value, info);
  }
  void option(std::optional<double>& value, const core::OptionInfo& info) override {
    add(&value, info);
  }

 private:
  void add(Setting::Field field, const core::OptionInfo& info) {
    settings_.emplace_back(field, info);
  }

  std::deque<Setting>& settings_;
};

}  // namespace

OptionTable::OptionTable(const std::vector<OptionGroup>& groups) {
  for (const OptionGroup& source : groups) {
    Group& group = groups_.emplace_back();
    group.title = source.title;
    group.about_program = source.about_program;
    Collector collector(group.settings);
    source.options->visit_options(collector);
    for (Setting& setting : group.settings) {
      const core::OptionInfo& info = setting.info();
      index(info.name, setting);
      if (!info.short_name.empty() && info.short_name != info.name) index(info.short_name, setting);
    }
  }
}

void OptionTable::index(std::string_view name, Setting& setting) {
  if (by_name_.emplace(name, &setting).second) return;
  throw std::logic_error(core::format("the option '{}' is declared twice", name));
}

Setting* OptionTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<std::string> OptionTable::names() const {
  std::vector<std::string> names;
  for (const Group& group : groups_) {
    for (const Setting& setting : group.settings) names.push_back(setting.name());
  }
  return names;
}

void OptionTable::assign(const std::vector<Assignment>& assignments) const {
  for (const Assignment& assignment : assignments) {
    find(assignment.name)->assign(assignment.text, assignment.source);
  }
  for (const auto& [name, setting] : by_name_) {
    if (!setting->info().instead_of.empty()) settle(*setting);
  }
}

// Keeps of a pair that stands for one value the one whose source rules.
void OptionTable::settle(Setting& setting) const {
  Setting& other = *find(setting.info().instead_of);
  if (setting.source() == Source::kDefault || other.source() == Source::kDefault) return;
  if (setting.source() == other.source()) {
    throw core::UsageError(core::format("{} and {} stand for one value; give only one of them",
                                        setting.label(setting.source()),
                                        other.label(other.source())));
  }
  (setting.source() < other.source() ? setting : other).forget();
}

bool OptionTable::is_superseded(const Setting& setting) const {
  return std::any_of(by_name_.begin(), by_name_.end(), [&](const auto& entry) {
    return entry.second->info().instead_of == setting.info().name && entry.second->has_value();
  });
}

void OptionTable::check_required() const {
  std::string missing;
  size_t count = 0;
  for (const Group& group : groups_) {
    for (const Setting& setting : group.settings) {
      if (!setting.info().required || setting.source() != Source::kDefault) continue;
      missing +=
          core::format("{}{}", count++ == 0 ? "" : ", ", setting.label(Source::kCommandLine));
    }
  }
  if (count == 0) return;
  throw core::UsageError(core::format("missing {}: {}; --help shows all options",
                                      count == 1 ? "option" : "options", missing));
}

ResolvedConfig OptionTable::resolved(std::string_view headline) const {
  ResolvedConfig config;
  config.toml = core::format("# {}\n", headline);
  for (const Group& group : groups_) {
    if (group.about_program || group.settings.empty()) continue;
    config.toml += core::format("\n# {}\n", group.title);
    for (const Setting& setting : group.settings) {
      config.values[setting.name()] = setting.text();
      // So that what is written here can be read again as a file.
      if (is_superseded(setting)) config.toml += "# another option stands for it: ";
      config.toml += setting.has_value()
                         ? core::format("{} = {}  # {}\n", setting.name(), setting.toml(),
                                        source_name(setting.source()))
                         : core::format("# {}: not set\n", setting.name());
    }
  }
  return config;
}

}  // namespace train_backbone::config
