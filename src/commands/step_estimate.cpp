#include "commands/step_estimate.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "commands/model_setup.h"
#include "commands/run_config.h"
#include "commands/synthetic_batch.h"
#include "train_backbone/train/train_step.h"

namespace train_backbone::commands {
namespace {

using Clock = std::chrono::steady_clock;

// Batch normalisation has no variance of one value, and mixup takes pairs.
constexpr int64_t kLeastBatch = 2;
constexpr int64_t kFirstBatch = 4;
constexpr int64_t kMostGrowth = 8;  // a few pictures may cost as much as many
constexpr int64_t kSteps = 5;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The run's network and what belongs to it, of this rank alone.
class Measurement {
 public:
  Measurement(const TrainSettings& settings, const ops::Device& device)
      : settings_(settings),
        model_(make_training_model(settings, device)),
        groups_(training_groups(settings, *model_)),
        arena_(groups_.parameters),
        optimizer_(arena_, settings.optim.momentum, groups_.settings),
        step_(*model_, arena_, optimizer_, one_pass(settings, device.precision)) {
    compute_in(ops::compute_type(device.precision), *model_, arena_);
  }

  // Of up to `steps` steps after one that is not counted; no new one begins after `end`.
  std::vector<double> seconds_of_steps(int64_t batch_size, int64_t steps, Clock::time_point end) {
    const data::Batch batch =
        synthetic_batch(batch_size, training_image_size(settings_), settings_.model.num_classes);
    std::vector<double> seconds;
    for (int64_t i = 0; i <= steps && (i < 2 || Clock::now() < end); ++i) {
      const Clock::time_point begin = Clock::now();
      step_.run(batch, kRate);
      if (i > 0) seconds.push_back(seconds_since(begin));
    }
    return seconds;
  }

 private:
  static constexpr double kRate = 0;  // noise teaches nothing

  static train::TrainStepSettings one_pass(const TrainSettings& settings,
                                           ops::Precision precision) {
    train::TrainStepSettings step = training_step_settings(settings, precision);
    step.accumulate_steps = 1;
    return step;
  }

  const TrainSettings& settings_;
  std::shared_ptr<models::Backbone> model_;
  optim::ParameterGroups groups_;
  ops::FlatArena arena_;
  optim::Sgd optimizer_;
  train::TrainStep step_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

StepEstimate estimate_of(const std::vector<double>& seconds, int64_t batch,
                         const TrainSettings& settings, Clock::time_point begin) {
  const double pictures = static_cast<double>(rank_batch_size(settings));
  return {.seconds = median(seconds) * pictures / static_cast<double>(batch),
          .batch_size = batch,
          .steps = static_cast<int64_t>(seconds.size()),
          .seconds_measured = seconds_since(begin)};
}

}  // namespace

int64_t affordable_batch(double seconds_per_picture, int64_t steps, double seconds, int64_t least,
                         int64_t most) {
  const double pictures = seconds / (seconds_per_picture * static_cast<double>(steps));
  if (pictures >= static_cast<double>(most)) return most;
  return std::max(least, static_cast<int64_t>(pictures) / 2 * 2);
}

StepEstimate estimate_step(const TrainSettings& settings, const ops::Device& device,
                           double most_seconds) {
  const Clock::time_point begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(most_seconds));
  const int64_t whole = std::max(kLeastBatch, pass_batch_size(settings));
  Measurement measurement(settings, device);
  if (device.on_gpu()) {
    // Each size has cuDNN try its algorithms anew, and small batches take as long as large ones.
    return estimate_of(measurement.seconds_of_steps(whole, kSteps, end), whole, settings, begin);
  }
  int64_t batch = std::min(kFirstBatch, whole);
  std::vector<double> seconds = measurement.seconds_of_steps(batch, 1, end);
  const auto affordable = [&] {
    // Also the step that is not counted.
    return affordable_batch(seconds.front() / static_cast<double>(batch), kSteps + 1,
                            most_seconds - seconds_since(begin), batch, whole);
  };
  while (affordable() > batch * kMostGrowth) {
    batch *= kMostGrowth;
    seconds = measurement.seconds_of_steps(batch, 1, end);
  }
  const int64_t larger = affordable();
  if (larger > batch || Clock::now() < end) {
    batch = larger;
    seconds = measurement.seconds_of_steps(batch, kSteps, end);
  }
  return estimate_of(seconds, batch, settings, begin);
}

}  // namespace train_backbone::commands
