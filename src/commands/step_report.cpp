#include "commands/step_report.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "commands/step_floor.h"
#include "train_backbone/core/format.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/ops/precision.h"

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

std::optional<DevicePeak> peak_of(const StepBenchmarkSettings& settings) {
  return device_peak(settings.device.gpu_name, settings.device.precision);
}

}  // namespace

nlohmann::ordered_json step_report(const StepBenchmarkSettings& settings,
                                   const StepBenchmark& result) {
  const double median = quantile(result.steps, 0.5);
  const auto batch = static_cast<double>(settings.batch_size);
  const ops::Precision precision = settings.device.precision;
  const models::ModelCost cost = models::model_cost(
      {.name = settings.model, .num_classes = settings.num_classes}, settings.image_size);
  const double flops =
      kFlopsPerMultiplyAdd * kPasses * static_cast<double>(cost.multiply_adds) * batch;
  nlohmann::ordered_json report{{"images_per_second", rounded(batch / median)},
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
                                {"utilisation", nullptr},
                                {"floor_milliseconds", nullptr},
                                {"floor_share", nullptr},
                                {"bytes_per_image", step_bytes_per_image(cost, precision)},
                                {"model", settings.model},
                                {"precision", std::string(ops::precision_name(precision))},
                                {"fused_kernels", settings.fused_kernels},
                                {"cuda_graph", result.has_graph},
                                {"batch_size", settings.batch_size},
                                {"image_size", settings.image_size},
                                {"device", settings.device.text},
                                {"compute_threads", settings.device.compute_threads}};
  if (const std::optional<DevicePeak> peak = peak_of(settings)) {
    const double floor = step_floor(cost, settings.batch_size, precision, *peak);
    report["utilisation"] = rounded(flops / median / peak->flops);
    report["floor_milliseconds"] = rounded(floor * kMilli);
    report["floor_share"] = rounded(floor / median);
  }
  return report;
}

std::string step_table(const StepBenchmarkSettings& settings,
                       const nlohmann::ordered_json& report) {
  const auto number = [&](const char* name) { return report.at(name).get<double>(); };
  std::string table =
      core::format("{}, {}, batch {}, {} px, {} compute threads\n", settings.model,
                   report.at("precision").get<std::string>(), settings.batch_size,
                   settings.image_size, settings.device.compute_threads) +
      core::format("step     {:9.1f} ms ({:.1f} to {:.1f}), {:.1f} img/s, {:.1f} GFLOP/s\n",
                   number("milliseconds"), number("milliseconds_p10"), number("milliseconds_p90"),
                   number("images_per_second"), number("gigaflops"));
  for (const char* name : {"input", "forward", "backward", "update"}) {
    table += core::format("{:8} {:9.1f} ms\n", name, report.at("parts").at(name).get<double>());
  }
  table += core::format("memory   {:9.0f} MiB at most\n", number("memory_mib"));
  const std::optional<DevicePeak> peak = peak_of(settings);
  if (!peak) return table;
  return table + core::format("of peak  {:9.1f} %\n", 100 * number("utilisation")) +
         floor_line(number("floor_milliseconds"), number("milliseconds"), *peak) + "\n";
}

}  // namespace train_backbone::commands
