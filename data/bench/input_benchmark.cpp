#include "train_backbone/data/bench/input_benchmark.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "data/bench/memory_use.h"
#include "train_backbone/data/batch/sources.h"
#include "train_backbone/data/record/sample_order.h"

namespace train_backbone::data {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kSeed = 1;
constexpr uint64_t kRoundPictures = 64;
constexpr int kLeastRounds = 3;
constexpr int64_t kBatch = 32;
constexpr int64_t kLeastBatches = 4;
constexpr int kScalingRounds = 5;
// Shares of the time that is given.
constexpr double kRatioShare = 0.4;
constexpr double kStageShare = 0.1;
constexpr double kScalingShare = 0.5;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Of all threads of the process.
double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {.median = median, .least = values.front(), .most = values.back()};
}

std::vector<uint64_t> round_records(const RecordStore& store, uint64_t round) {
  const SampleOrder order(store.size(), kSeed);
  std::vector<uint64_t> records;
  for (uint64_t i = 0; i < kRoundPictures; ++i) {
    records.push_back(order.at(round * kRoundPictures + i).record);
  }
  return records;
}

void measure_ratio(const RecordStore& store, InputCost& cost, double seconds,
                   InputBenchmark& result) {
  std::vector<double> plain;
  std::vector<double> pipeline;
  std::vector<double> ratios;
  const Clock::time_point begin = Clock::now();
  while (result.rounds < kLeastRounds || seconds_since(begin) < seconds) {
    const auto round = static_cast<uint64_t>(result.rounds++);
    const std::vector<uint64_t> records = round_records(store, round);
    cost.pipeline_seconds(records, round);  // page cache
    const double whole = cost.plain_decode_seconds(records);
    const double ours = cost.pipeline_seconds(records, round);
    plain.push_back(kRoundPictures / whole);
    pipeline.push_back(kRoundPictures / ours);
    ratios.push_back(whole / ours);
  }
  result.plain_per_second = spread_of(std::move(plain)).median;
  result.pipeline_per_second = spread_of(std::move(pipeline)).median;
  result.ratio = spread_of(std::move(ratios));
}

void measure_stages(const RecordStore& store, InputCost& cost, double seconds,
                    InputBenchmark& result) {
  const Clock::time_point begin = Clock::now();
  uint64_t round = 0;
  do {
    result.stages += cost.stage_seconds(round_records(store, round), round);
    ++round;
  } while (seconds_since(begin) < seconds);
}

// One run of the loader; the first batch, which waits for the threads to begin, does not count.
ScalingPoint measure_workers(const RecordStore& store, const ImageTransform& transform,
                             const InputBenchmarkSettings& settings, int workers, double seconds) {
  constexpr uint64_t kEndless = uint64_t{1} << 40;
  const auto source = make_training_source(store, transform,
                                           {.seed = kSeed,
                                            .batch_size = kBatch,
                                            .global_batch_size = kBatch,
                                            .end_step = kEndless,
                                            .num_classes = std::numeric_limits<int64_t>::max(),
                                            .label_offset = 0,
                                            .image_size = settings.image_size,
                                            .workers = workers,
                                            .damage_advice = kPrepareAdvice});
  source->recycle(std::move(*source->next()));
  const Clock::time_point begin = Clock::now();
  const double busy_before = processor_seconds();
  int64_t batches = 0;
  while (batches < kLeastBatches || seconds_since(begin) < seconds) {
    source->recycle(std::move(*source->next()));
    ++batches;
  }
  const double elapsed = seconds_since(begin);
  const double busy = processor_seconds() - busy_before;
  return {.workers = workers,
          .images_per_second = static_cast<double>(batches * kBatch) / elapsed,
          .speedup = 1,
          .wait_share = std::clamp(1 - busy / (elapsed * workers), 0.0, 1.0)};
}

void measure_scaling(const RecordStore& store, const ImageTransform& transform,
                     const InputBenchmarkSettings& settings, InputBenchmark& result) {
  const std::vector<int> counts = worker_counts(settings.workers);
  const double seconds =
      settings.seconds * kScalingShare / (kScalingRounds * static_cast<double>(counts.size()));
  std::vector<std::vector<double>> speeds(counts.size());
  std::vector<std::vector<double>> speedups(counts.size());
  std::vector<std::vector<double>> waits(counts.size());
  for (int round = 0; round < kScalingRounds; ++round) {
    for (size_t i = 0; i < counts.size(); ++i) {
      const ScalingPoint point = measure_workers(store, transform, settings, counts[i], seconds);
      speeds[i].push_back(point.images_per_second);
      speedups[i].push_back(point.images_per_second / speeds.front().back());
      waits[i].push_back(point.wait_share);
    }
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    result.scaling.push_back({.workers = counts[i],
                              .images_per_second = spread_of(std::move(speeds[i])).median,
                              .speedup = spread_of(std::move(speedups[i])).median,
                              .wait_share = spread_of(std::move(waits[i])).median});
  }
}

}  // namespace

std::vector<int> worker_counts(int workers) {
  std::vector<int> counts;
  for (int count = 1; count < workers; count *= 2) counts.push_back(count);
  counts.push_back(workers);
  return counts;
}

InputBenchmark measure_input(const RecordStore& store, const ImageTransform& transform,
                             const InputBenchmarkSettings& settings) {
  InputBenchmark result;
  result.base_bytes = memory_use().now;
  {
    InputCost cost(store, transform, settings.image_size, kSeed);
    measure_ratio(store, cost, settings.seconds * kRatioShare, result);
    measure_stages(store, cost, settings.seconds * kStageShare, result);
  }
  measure_scaling(store, transform, settings, result);
  const uint64_t peak = memory_use().peak;
  result.peak_bytes = peak - std::min(peak, result.base_bytes);
  return result;
}

}  // namespace train_backbone::data
