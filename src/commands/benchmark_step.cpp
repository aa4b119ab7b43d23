#include "commands/benchmark_step.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "commands/json_line.h"
#include "commands/step_benchmark.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/gpu_peak.h"
#include "train_backbone/ops/guard_device.h"

namespace train_backbone::commands {
namespace {

constexpr double kFlopsPerMultiplyAdd = 2;
constexpr double kPasses = 3;  // forward, gradients of the input, gradients of the weights
constexpr double kGiga = 1e9;
constexpr double kMilli = 1e3;

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

double mebibytes(int64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0); }

// Of what the GPU's maker promises; null where that is not known, as of CPUs.
nlohmann::ordered_json utilisation(double flops_per_second, const ops::Device& device) {
  const std::optional<double> peak = ops::peak_flops(device.gpu_name, device.precision);
  if (!peak) return nullptr;
  return rounded(flops_per_second / *peak);
}

nlohmann::ordered_json json_of(const StepBenchmarkSettings& settings, const StepBenchmark& result) {
  const double median = quantile(result.steps, 0.5);
  const auto batch = static_cast<double>(settings.batch_size);
  const models::ModelCost cost = models::model_cost(
      {.name = settings.model, .num_classes = settings.num_classes}, settings.image_size);
  const double flops =
      kFlopsPerMultiplyAdd * kPasses * static_cast<double>(cost.multiply_adds) * batch;
  return {{"images_per_second", rounded(batch / median)},
          {"milliseconds", rounded(median * kMilli)},
          {"milliseconds_p10", rounded(quantile(result.steps, 0.1) * kMilli)},
          {"milliseconds_p90", rounded(quantile(result.steps, 0.9) * kMilli)},
          {"parts",
           {{"input", rounded(result.input * kMilli)},
            {"forward", rounded(result.forward * kMilli)},
            {"backward", rounded(result.backward * kMilli)},
            {"update", rounded(result.update * kMilli)}}},
          {"memory_mib", rounded(mebibytes(result.peak_memory))},
          {"gigaflops", rounded(flops / median / kGiga)},
          {"utilisation", utilisation(flops / median, settings.device)},
          {"model", settings.model},
          {"precision", std::string(ops::precision_name(settings.device.precision))},
          {"fused_kernels", settings.fused_kernels},
          {"cuda_graph", result.has_graph},
          {"batch_size", settings.batch_size},
          {"image_size", settings.image_size},
          {"device", settings.device.text},
          {"compute_threads", settings.device.compute_threads}};
}

void print_table(const nlohmann::ordered_json& result) {
  const auto number = [&](const char* name) { return result.at(name).get<double>(); };
  const auto part = [&](const char* name) { return result.at("parts").at(name).get<double>(); };
  std::cout << core::format(
                   "{}, {}, batch {}, {} px, {} compute threads\n",
                   result.at("model").get<std::string>(), result.at("precision").get<std::string>(),
                   result.at("batch_size").get<int64_t>(), result.at("image_size").get<int64_t>(),
                   result.at("compute_threads").get<int64_t>())
            << core::format(
                   "step     {:9.1f} ms ({:.1f} to {:.1f}), {:.1f} img/s, {:.1f} GFLOP/s\n",
                   number("milliseconds"), number("milliseconds_p10"), number("milliseconds_p90"),
                   number("images_per_second"), number("gigaflops"));
  for (const char* name : {"input", "forward", "backward", "update"}) {
    std::cout << core::format("{:8} {:9.1f} ms\n", name, part(name));
  }
  std::cout << core::format("memory   {:9.0f} MiB at most\n", number("memory_mib"));
  if (!result.at("utilisation").is_null()) {
    std::cout << core::format("of peak  {:9.1f} %\n", 100 * number("utilisation"));
  }
}

nlohmann::ordered_json measure(const BenchmarkOptions& options, const ops::DeviceOptions& device) {
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
  return json_of(settings, measure_step(settings));
}

}  // namespace

int benchmark_step(const BenchmarkOptions& options, const ops::DeviceOptions& device, bool quiet) {
  if (options.model.empty()) {
    throw core::UsageError(
        "benchmark step: --model is needed; `train_backbone models` lists the names");
  }
  nlohmann::ordered_json result;
  ops::guard_device([&] { result = measure(options, device); });
  if (!quiet) print_table(result);
  print_json_line(result);
  return static_cast<int>(core::ExitCode::kDone);
}

}  // namespace train_backbone::commands
