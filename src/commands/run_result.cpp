#include "commands/run_result.h"

#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

#include "commands/json_line.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/terminal.h"

namespace train_backbone::commands {
namespace {

// Four decimals are more than 1 / 10,000 pictures in percent needs; null without a value.
nlohmann::ordered_json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::round(value * 1e4) / 1e4;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

void print_places(const RunResult& result) {
  const io::RunDirectory& directory = result.directory;
  if (result.bad_records > 0) {
    std::cout << core::format("damaged     {}: {}\n", core::counted(result.bad_records, "record"),
                              directory.bad_records().string());
  }
  for (const auto& path : {directory.last_weights(), directory.best_weights()}) {
    if (is_there(path)) std::cout << "weights     " << path.string() << "\n";
  }
  std::cout << "report      " << directory.report().string() << "\n";
}

// The schedule ends with the run, so that the same run cannot simply be made longer.
std::string how_to_train_further(const RunResult& result) {
  const train::RunPlan& plan = result.plan;
  if (plan.end_step() < plan.total_steps()) {
    return core::format("a larger --max_steps than {}, or none, goes on to step {}",
                        plan.end_step(), plan.total_steps());
  }
  return core::format(
      "begin a new run with these weights: --fine_tune {}, another --model_dir, and as "
      "--num_epochs how many are to follow",
      result.directory.last_weights().string());
}

}  // namespace

void print_completion(const RunResult& result) {
  const train::RunState& state = result.state;
  const train::Meters meters = state.validation ? state.validation->meters : train::Meters{};
  const std::string lines = core::format(
      "complete    {} of {} are done ({:g} epochs), nothing is left to train: top-1 {:.2f} % at "
      "the end, {:.2f} % at best (step {})\nto go on    {}",
      state.step, core::counted(static_cast<uint64_t>(result.plan.end_step()), "step"),
      result.plan.epochs_at(state.step), meters.top1_percent(), state.best_top1, state.best_step,
      how_to_train_further(result));
  constexpr size_t kIndent = 12;  // where the values stand
  std::cout << core::fit_terminal(lines, kIndent) << std::endl;
}

void print_result(const RunResult& result, bool quiet) {
  const train::RunState& state = result.state;
  if (result.signal) {
    core::log_warning("stopped by signal {} after step {}; --resume_from auto goes on from there",
                      *result.signal, state.step);
  }
  if (!quiet) print_places(result);
  const bool validated = state.validation && state.validation->step == state.step;
  const train::Meters meters = validated ? state.validation->meters : train::Meters{};
  nlohmann::ordered_json line{{"steps", state.step},
                              {"epochs", rounded(result.plan.epochs_at(state.step))},
                              {"top1", rounded(meters.top1_percent())},
                              {"top5", rounded(meters.top5_percent())},
                              {"images_per_second", rounded(result.images_per_second)},
                              {"bad_records", result.bad_records},
                              {"weights", result.directory.last_weights().string()}};
  if (result.signal) line["signal"] = *result.signal;
  print_json_line(line);
}

}  // namespace train_backbone::commands
