#include "commands/doctor/finding.h"

#include <algorithm>
#include <array>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {

std::string_view level_name(FindingLevel level) {
  switch (level) {
    case FindingLevel::kOk:
      return "ok";
    case FindingLevel::kWarning:
      return "warning";
    case FindingLevel::kError:
      return "error";
  }
  return "";
}

Finding ok(std::string check, std::string text) {
  return {.check = std::move(check), .text = std::move(text), .advice = {}, .where = {}};
}

Finding warning(std::string check, std::string text, std::string advice) {
  return {.level = FindingLevel::kWarning,
          .check = std::move(check),
          .text = std::move(text),
          .advice = std::move(advice),
          .where = {}};
}

Finding error(std::string check, std::string text, std::string advice) {
  return {.level = FindingLevel::kError,
          .check = std::move(check),
          .text = std::move(text),
          .advice = std::move(advice),
          .where = {}};
}

Finding of_data(Finding finding) {
  finding.of_data = true;
  return finding;
}

int exit_code_of(const std::vector<Finding>& findings) {
  core::ExitCode code = core::ExitCode::kDone;
  for (const Finding& finding : findings) {
    if (finding.level != FindingLevel::kError) continue;
    if (finding.of_data) return static_cast<int>(core::ExitCode::kData);
    code = core::ExitCode::kDevice;
  }
  return static_cast<int>(code);
}

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> kUnits{"bytes", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  size_t unit = 0;
  while (bytes >= kStep && unit + 1 < kUnits.size()) {
    bytes /= kStep;
    ++unit;
  }
  return core::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 10 ? 0 : 1, kUnits[unit]);
}

}  // namespace train_backbone::commands
