#include "train_backbone/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::optim {
namespace {

constexpr std::string_view kCosine = "cosine";

// Epochs after warm-up from which on the rate is ten times smaller.
struct Piecewise {
  std::string_view name;
  std::vector<double> boundaries;
};

const std::vector<Piecewise>& piecewise_schedules() {
  static const std::vector<Piecewise> kSchedules{{"piecewise_short", {25, 55, 75, 100}},
                                                 {"piecewise_long", {55, 115, 175}}};
  return kSchedules;
}

std::string canonical_name(std::string_view name) {
  const std::vector<std::string> known = schedule_names();
  for (const std::string& candidate : known) {
    if (core::fold_name(candidate) == core::fold_name(name)) return candidate;
  }
  throw core::UsageError("--schedule: " + core::unknown_name_message("schedule", name, known));
}

// `after` counts steps since the end of warm-up.
double cosine_share(const ScheduleSettings& settings, double after) {
  const double period = settings.compat_aws
                            ? settings.num_epochs * settings.steps_per_epoch
                            : static_cast<double>(settings.total_steps) - settings.warmup_steps;
  if (period <= 0 || after >= period) return 0;
  return 0.5 * (1 + std::cos(std::numbers::pi * after / period));
}

double piecewise_share(const ScheduleSettings& settings, double after) {
  double share = 1;
  for (const Piecewise& schedule : piecewise_schedules()) {
    if (schedule.name != settings.name) continue;
    for (const double boundary : schedule.boundaries) {
      if (after >= boundary * settings.steps_per_epoch) share *= 0.1;
    }
  }
  return share;
}

}  // namespace

LearningRateSchedule::LearningRateSchedule(ScheduleSettings settings)
    : settings_(std::move(settings)) {
  settings_.name = canonical_name(settings_.name);
}

double LearningRateSchedule::at(int64_t step) const {
  const auto position = static_cast<double>(step);
  if (position < settings_.warmup_steps) {
    const double progress = position / settings_.warmup_steps;
    return settings_.peak * (settings_.warmup_factor + (1 - settings_.warmup_factor) * progress);
  }
  const double after = position - settings_.warmup_steps;
  return settings_.peak * (settings_.name == kCosine ? cosine_share(settings_, after)
                                                     : piecewise_share(settings_, after));
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names{std::string(kCosine)};
  for (const Piecewise& schedule : piecewise_schedules()) names.emplace_back(schedule.name);
  return names;
}

}  // namespace train_backbone::optim
