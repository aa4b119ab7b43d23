#include "commands/benchmark_input.h"

#include <cmath>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "commands/json_line.h"
#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/data/batch/workers.h"
#include "train_backbone/data/bench/input_benchmark.h"

namespace train_backbone::commands {
namespace {

constexpr double kMebi = 1024.0 * 1024.0;

using Shares = std::vector<std::pair<const char*, double>>;

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / kMebi; }

// Of a thread's time with all workers: what one thread measured, less the waiting.
Shares shares_of(const data::InputBenchmark& result) {
  const data::InputSeconds& stages = result.stages;
  const double wait = result.scaling.back().wait_share;
  const double scale = (1 - wait) / stages.total();
  return {{"read", stages.read * scale},
          {"crc", stages.checksum * scale},
          {"parse", stages.parse * scale},
          {"entropy", stages.transform.entropy * scale},
          {"pixels", stages.transform.pixels * scale},
          {"resize", stages.transform.resize * scale},
          {"wait", wait}};
}

data::InputBenchmark measure(const BenchmarkOptions& options, const data::RecordStore& store) {
  const int size = static_cast<int>(options.image_size);
  const auto transform = data::make_training_transform(
      options.augment, size, data::parse_augment_semantics(options.augment_semantics));
  return data::measure_input(store, *transform,
                             {.image_size = size,
                              .workers = data::resolve_workers(options.workers, 0),
                              .seconds = options.seconds});
}

void print_scaling(const data::InputBenchmark& result) {
  std::cout << "\nworkers     img/s  per worker  speed-up    waiting\n";
  for (const data::ScalingPoint& point : result.scaling) {
    std::cout << core::format("{:7}  {:8.1f}  {:10.1f}  {:8.2f}  {:7.1f} %\n", point.workers,
                              point.images_per_second, point.images_per_second / point.workers,
                              point.speedup, 100 * point.wait_share);
  }
}

void print_table(const BenchmarkOptions& options, const data::RecordStore& store,
                 const data::InputBenchmark& result) {
  std::cout << core::format("{}: {} records, {} px, augment {} ({}), {} cores\n", options.data,
                            store.size(), options.image_size, options.augment,
                            options.augment_semantics, core::allowed_cores())
            << core::format(
                   "plain decode       {:8.1f} img/s on one thread (libjpeg-turbo, whole "
                   "pictures)\n",
                   result.plain_per_second)
            << core::format("training pipeline  {:8.1f} img/s on one thread\n",
                            result.pipeline_per_second)
            << core::format(
                   "ratio              {:8.2f} ({} alternating rounds, {:.2f} to {:.2f})\n",
                   result.ratio.median, result.rounds, result.ratio.least, result.ratio.most)
            << "time              ";
  for (const auto& [name, share] : shares_of(result)) {
    std::cout << core::format(" {} {:.1f} %", name, 100 * share);
  }
  std::cout << '\n';
  print_scaling(result);
  std::cout << core::format("\nmemory             {:.1f} MiB above the {:.1f} MiB before\n",
                            mebibytes(result.peak_bytes), mebibytes(result.base_bytes));
}

nlohmann::ordered_json json_of(const data::InputBenchmark& result) {
  nlohmann::ordered_json shares;
  for (const auto& [name, share] : shares_of(result)) shares[name] = rounded(share);
  nlohmann::ordered_json scaling = nlohmann::ordered_json::array();
  for (const data::ScalingPoint& point : result.scaling) {
    scaling.push_back({{"workers", point.workers},
                       {"images_per_second", rounded(point.images_per_second)},
                       {"speedup", rounded(point.speedup)},
                       {"wait_share", rounded(point.wait_share)}});
  }
  return {{"images_per_second", rounded(result.scaling.back().images_per_second)},
          {"workers", result.scaling.back().workers},
          {"pipeline_per_second", rounded(result.pipeline_per_second)},
          {"plain_decode_per_second", rounded(result.plain_per_second)},
          {"ratio_to_plain_decode", rounded(result.ratio.median)},
          {"shares", shares},
          {"scaling", scaling},
          {"memory_mib", rounded(mebibytes(result.peak_bytes))},
          {"memory_base_mib", rounded(mebibytes(result.base_bytes))}};
}

}  // namespace

int benchmark_input(const BenchmarkOptions& options, bool quiet) {
  const data::RecordStore store(data::ShardIndex::open(options.data, "train", options.index_dir));
  const data::InputBenchmark result = measure(options, store);
  if (!quiet) print_table(options, store, result);
  print_json_line(json_of(result));
  return static_cast<int>(core::ExitCode::kDone);
}

}  // namespace train_backbone::commands
