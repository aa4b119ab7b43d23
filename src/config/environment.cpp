#include "config/environment.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::config {
namespace {

constexpr std::string_view kPrefix = "TRAIN_BACKBONE_";
// Mean something to scripts, tests, ranks that --gpus starts, and docker/start_on_host, whose
// mpirun's ranks inherit them.
constexpr std::array<std::string_view, 6> kReserved{
    "TRAIN_BACKBONE_LAUNCHER",  "TRAIN_BACKBONE_CACHE", "TRAIN_BACKBONE_PYTHON",
    "TRAIN_BACKBONE_CONTAINER", "TRAIN_BACKBONE_REACH", "TRAIN_BACKBONE_ENTER"};

bool is_reserved(std::string_view entry) {
  return std::any_of(kReserved.begin(), kReserved.end(),
                     [&](std::string_view name) { return entry.starts_with(name); });
}

// Compares names without the prefix, which would make every variable look near.
[[noreturn]] void throw_unknown(const std::string& variable,
                                const std::vector<std::string>& names) {
  std::vector<std::string> nearest;
  for (const std::string& name : core::closest_names(variable.substr(kPrefix.size()), names)) {
    nearest.push_back(environment_name(name));
  }
  if (nearest.empty()) {
    throw core::UsageError(core::format(
        "unknown environment variable '{}': no option has this name; unset it", variable));
  }
  throw core::UsageError(core::unknown_name_message("environment variable", variable, nearest));
}

}  // namespace

std::vector<Assignment> parse_environment(const OptionTable& table,
                                          const std::vector<std::string>& other_names,
                                          const std::vector<std::string>& environment) {
  std::vector<std::string> names;  // options of this command come first
  for (const OptionTable::Group& group : table.groups()) {
    for (const Setting& setting : group.settings) {
      if (!group.about_program && !setting.info().positional) names.push_back(setting.name());
    }
  }
  const size_t own = names.size();
  for (const std::string& name : other_names) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  std::vector<Assignment> assignments;
  for (const std::string& entry : environment) {
    if (!entry.starts_with(kPrefix) || is_reserved(entry)) continue;
    const size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    const std::string variable = entry.substr(0, equals);
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return environment_name(name) == variable;
    });
    if (found == names.end()) throw_unknown(variable, names);
    if (static_cast<size_t>(found - names.begin()) < own) {
      assignments.push_back({*found, entry.substr(equals + 1), Source::kEnvironment});
    }
  }
  return assignments;
}

}  // namespace train_backbone::config
