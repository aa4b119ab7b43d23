#include "commands/dry_run.h"

#include <algorithm>
#include <iostream>

#include "commands/json_line.h"
#include "commands/memory_estimate.h"
#include "commands/run_config.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/status_line.h"
#include "train_backbone/core/terminal.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::commands {
namespace {

constexpr double kGiga = 1e9;
constexpr double kMebi = 1024.0 * 1024.0;
constexpr int kRates = 12;  // lines of the curve

std::string mebibytes(int64_t bytes) {
  return core::format("{:.0f} MiB", static_cast<double>(bytes) / kMebi);
}

// Lines with a title of 12 columns.
void print_lines(const std::string& lines) {
  constexpr size_t kIndent = 12;
  std::cout << core::fit_terminal(lines, kIndent);
}

void print_curve(const train::RunPlan& plan, const optim::LearningRateSchedule& schedule,
                 double peak) {
  constexpr double kCells = 34;  // a line is not longer than a narrow terminal's row
  std::cout << "learning rate\n";
  const int64_t last = plan.end_step() - 1;
  int64_t before = -1;
  for (int i = 0; i < kRates; ++i) {
    const int64_t step = last * i / (kRates - 1);
    if (step == before) continue;
    before = step;
    const double rate = schedule.at(step);
    const auto cells = static_cast<size_t>(std::clamp(kCells * rate / peak, 0.0, kCells));
    std::cout << core::format("  step {:>9}  epoch {:>7.2f}  {:>10.4g}  {}\n", step,
                              plan.epochs_at(step), rate, std::string(cells, '#'));
  }
}

void print_memory(const MemoryEstimate& memory, const TrainSettings& settings) {
  print_lines(core::format(
      "memory      about {} per rank: weights, gradients and momentum {}, activations of {} "
      "pictures and their gradients {}, pictures {}, batches of the loader {}, the program {}\n",
      mebibytes(memory.total()), mebibytes(memory.state), pass_batch_size(settings),
      mebibytes(memory.activations), mebibytes(memory.inputs), mebibytes(memory.batches),
      mebibytes(memory.program)));
}

// How long the run would compute.
struct TimeEstimate {
  double images_per_second = 0;  // of all ranks
  double epoch = 0;              // seconds
  double run = 0;
};

TimeEstimate estimate_time(const train::RunPlan& plan, double step) {
  return {.images_per_second = static_cast<double>(plan.batch_size()) / step,
          .epoch = plan.steps_per_epoch() * step,
          .run = static_cast<double>(plan.end_step()) * step};
}

void print_time(const TimeEstimate& time, const StepEstimate& step, const TrainSettings& settings) {
  const int64_t batch = pass_batch_size(settings);
  const std::string scaled =
      step.batch_size == batch ? "" : core::format(", taken to grow in proportion to {}", batch);
  print_lines(core::format(
      "time        about {} per epoch, {} for the run: {:.4g} s per step, {:.4g} img/s on {}\n"
      "            measured in {:.1f} s here: {} of {} made-up pictures on each rank{}\n"
      "            computing alone: reading pictures, all-reduce, validation, saving not counted\n",
      core::clock_text(time.epoch), core::clock_text(time.run), step.seconds,
      time.images_per_second, core::counted(static_cast<uint64_t>(settings.world_size), "rank"),
      step.seconds_measured, core::counted(static_cast<uint64_t>(step.steps), "step"),
      step.batch_size, scaled));
}

void print_steps(const train::RunPlan& plan, const TrainSettings& settings) {
  std::string lines = core::format(
      "steps       {} of {} samples on {}, {:.1f} per epoch of {} records; {} samples left over\n",
      plan.total_steps(), plan.batch_size(),
      core::counted(static_cast<uint64_t>(settings.world_size), "rank"), plan.steps_per_epoch(),
      plan.records(), plan.dropped_samples());
  if (plan.end_step() < plan.total_steps()) {
    lines += core::format("            stopping after {}\n", plan.end_step());
  }
  print_lines(lines);
}

}  // namespace

nlohmann::ordered_json print_plan(const TrainSettings& settings, const train::RunPlan& plan,
                                  const optim::LearningRateSchedule& schedule,
                                  const MemoryEstimate& memory) {
  const int64_t size = training_image_size(settings);
  const models::ModelCost cost = models::model_cost(model_choice(settings), size);
  const double gmacs = static_cast<double>(cost.multiply_adds) / kGiga;
  const double peak = peak_learning_rate(settings);
  if (!settings.train.quiet) {
    print_lines(core::format("model       {}, {} classes: {} parameters, {:.2f} GMACs at {} px\n",
                             settings.model.model, settings.model.num_classes, cost.parameters,
                             gmacs, size));
    print_steps(plan, settings);
    print_memory(memory, settings);
    print_curve(plan, schedule, peak);
    std::cout << std::flush;
  }
  return {{"steps", plan.end_step()},
          {"epochs", plan.epochs_at(plan.end_step())},
          {"peak_learning_rate", peak},
          {"parameters", cost.parameters},
          {"gmacs", gmacs},
          {"memory_bytes", memory.total()}};
}

void print_times(const TrainSettings& settings, const train::RunPlan& plan,
                 const StepEstimate& step, nlohmann::ordered_json result) {
  const TimeEstimate time = estimate_time(plan, step.seconds);
  if (!settings.train.quiet) print_time(time, step, settings);
  result["images_per_second"] = time.images_per_second;
  result["seconds_per_step"] = step.seconds;
  result["seconds_per_epoch"] = time.epoch;
  result["seconds"] = time.run;
  print_json_line(result);
}

}  // namespace train_backbone::commands
