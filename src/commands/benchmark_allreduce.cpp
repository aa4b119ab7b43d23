#include "commands/benchmark_allreduce.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "commands/json_line.h"
#include "commands/rank_sums.h"
#include "commands/run_ranks.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kSmallest = size_t{4} << 10;  // bytes
constexpr size_t kLargest = size_t{64} << 20;
constexpr size_t kGrowth = 4;  // from size to size
constexpr int64_t kFewestRounds = 5;
constexpr int64_t kMostRounds = 1000;

struct Seconds {
  double own = 0;
  double mpi_library = 0;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class AllReduceBenchmark {
 public:
  AllReduceBenchmark(RunRanks& ranks, std::unique_ptr<RankSums> own, double seconds_per_size)
      : ranks_(ranks), seconds_per_size_(seconds_per_size) {
    ways_.push_back(std::move(own));
    if (ranks.over_mpi()) ways_.push_back(std::make_unique<MpiLibrarySums>(ranks.control()));
  }

  [[nodiscard]] Seconds measure(size_t bytes) {
    double once = 0;
    for (const auto& way : ways_) {
      way->fill(static_cast<int64_t>(bytes / sizeof(float)), 0);  // whose sums are the same
      time(*way);  // connections and buffers are made by the first call
      once += time(*way);
    }
    std::vector<std::vector<double>> times(ways_.size());
    for (int64_t left = agreed_rounds(once); left > 0; --left) {
      for (size_t i = 0; i < ways_.size(); ++i) times[i].push_back(time(*ways_[i]));
    }
    return {.own = median(times[0]), .mpi_library = times.size() > 1 ? median(times[1]) : 0};
  }

 private:
  double time(RankSums& way) {
    ranks_.control().barrier();
    const Clock::time_point begin = Clock::now();
    way.sum();
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  // The first rank decides.
  int64_t agreed_rounds(double seconds_of_one) {
    const double rounds = seconds_per_size_ / std::max(seconds_of_one, 1e-9);
    std::array<int64_t, 1> agreed{
        std::clamp(static_cast<int64_t>(std::min(rounds, 1e9)), kFewestRounds, kMostRounds)};
    ranks_.control().broadcast(std::as_writable_bytes(std::span(agreed)), 0);
    return agreed[0];
  }

  RunRanks& ranks_;
  double seconds_per_size_;
  std::vector<std::unique_ptr<RankSums>> ways_;  // the program's own first
};

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

double bus_rate(size_t bytes, double seconds, int64_t ranks) {
  const double share = 2.0 * static_cast<double>(ranks - 1) / static_cast<double>(ranks);
  return static_cast<double>(bytes) * share / seconds / 1e9;
}

nlohmann::ordered_json row_of(size_t bytes, const Seconds& seconds, int64_t ranks) {
  nlohmann::ordered_json row{
      {"bytes", bytes},
      {"milliseconds", rounded(1e3 * seconds.own)},
      {"bus_gigabytes_per_second", rounded(bus_rate(bytes, seconds.own, ranks))}};
  if (seconds.mpi_library > 0) {
    row["library_bus_gigabytes_per_second"] = rounded(bus_rate(bytes, seconds.mpi_library, ranks));
    row["ratio_to_library"] = rounded(seconds.mpi_library / seconds.own);
  }
  return row;
}

void print_row(size_t bytes, const Seconds& seconds, int64_t ranks) {
  std::cout << core::format("{:9} KiB  {:9.3f} ms  {:7.3f} GB/s", bytes >> 10, 1e3 * seconds.own,
                            bus_rate(bytes, seconds.own, ranks));
  if (seconds.mpi_library > 0) {
    std::cout << core::format("  {:7.3f} GB/s  {:5.2f}",
                              bus_rate(bytes, seconds.mpi_library, ranks),
                              seconds.mpi_library / seconds.own);
  }
  std::cout << std::endl;
}

}  // namespace

int benchmark_allreduce(const BenchmarkOptions& options, const ops::DeviceOptions& device,
                        const OutputOptions& output) {
  RunRanks ranks({}, lowest_level(output.log_level, output.quiet));
  if (ranks.is_alone()) {
    throw core::UsageError(
        "benchmark allreduce: this process is the only rank; start it as `mpirun -np 2 --bind-to "
        "none train_backbone benchmark allreduce`, or as you start a run");
  }
  std::vector<size_t> sizes;
  for (size_t bytes = kSmallest; bytes <= kLargest; bytes *= kGrowth) sizes.push_back(bytes);
  GradientSums own = gradient_sums(ranks, device, options.share_gpu);
  const bool prints = ranks.is_first() && !output.quiet;
  if (prints) {
    std::cout << core::format(
        "{}, through {}, fp32, medians\n         size          time      bus rate{}\n",
        ranks.text(), own.text, ranks.over_mpi() ? "  MPI_Allreduce  ratio" : "");
  }
  AllReduceBenchmark benchmark(ranks, std::move(own.sums),
                               options.seconds / static_cast<double>(sizes.size()));
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const size_t bytes : sizes) {
    const Seconds seconds = benchmark.measure(bytes);
    if (prints) print_row(bytes, seconds, ranks.world_size());
    rows.push_back(row_of(bytes, seconds, ranks.world_size()));
  }
  if (ranks.is_first())
    print_json_line({{"ranks", ranks.world_size()}, {"through", own.text}, {"sizes", rows}});
  ranks.control().barrier();
  return static_cast<int>(core::ExitCode::kDone);
}

}  // namespace train_backbone::commands
