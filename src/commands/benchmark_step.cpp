#include "commands/benchmark_step.h"

#include <iostream>
#include <string>

#include "commands/json_line.h"
#include "commands/step_benchmark.h"
#include "commands/step_report.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/guard_device.h"

namespace train_backbone::commands {
namespace {

void measure(const BenchmarkOptions& options, const ops::DeviceOptions& device, bool quiet) {
  const ops::Device place = ops::set_up_device(device);
  const StepBenchmarkSettings settings{
      .model = models::canonical_model_name(options.model),
      .batch_size = options.batch_size,
      .image_size = options.image_size,
      .device = place,
      .fused_kernels = core::fold_name(device.fused_kernels) != "off",
      .cuda_graph = device.cuda_graph,
      .steps = options.steps};
  models::check_image_size(settings.model, settings.image_size, "image_size");
  const nlohmann::ordered_json report = step_report(settings, measure_step(settings));
  if (!quiet) std::cout << step_table(settings, report);
  print_json_line(report);
}

}  // namespace

int benchmark_step(const BenchmarkOptions& options, const ops::DeviceOptions& device, bool quiet) {
  if (options.model.empty()) {
    throw core::UsageError(
        "benchmark step: --model is needed; `train_backbone models` lists the names");
  }
  ops::guard_device([&] { measure(options, device, quiet); });
  return static_cast<int>(core::ExitCode::kDone);
}

}  // namespace train_backbone::commands
