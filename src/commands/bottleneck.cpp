#include "commands/bottleneck.h"

#include <algorithm>
#include <cmath>

#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

// Shares from which a wait is what limits a run. A step may wait for gradients for a while though
// most of their way is hidden behind the backward pass.
constexpr double kWaitLimits = 0.10;
constexpr double kReduceLimits = 0.20;
constexpr double kMega = 1e6;
constexpr double kTiny = 1e-9;

double share_of(double part, double whole) { return whole > kTiny ? part / whole : 0; }

// Pictures per second that this rank computes when it never waits for data.
double compute_rate(const TrainingTimes& times) {
  return share_of(static_cast<double>(times.samples), times.seconds - times.waiting);
}

double loader_seconds(const TrainingTimes& times) { return times.reading + times.decoding; }

// Pictures per second that the loader's threads make when they never wait.
double loader_rate(const TrainingTimes& times) {
  return share_of(static_cast<double>(times.samples * times.workers), loader_seconds(times));
}

// That make as many pictures as are computed.
int64_t workers_needed(const TrainingTimes& times) {
  const double each = share_of(loader_seconds(times), static_cast<double>(times.samples));
  return std::max<int64_t>(1, std::llround(std::ceil(each * compute_rate(times) - 0.05)));
}

std::string of_rank(const TrainingTimes& times) { return times.ranks > 1 ? " on each rank" : ""; }

std::string disk_advice(const TrainingTimes& times) {
  const double bytes = share_of(static_cast<double>(times.bytes_read),
                                static_cast<double>(times.samples));  // of one picture
  const double got = share_of(static_cast<double>(times.bytes_read), times.seconds) / kMega;
  const double wanted = bytes * compute_rate(times) / kMega;
  return core::format(
      "loader threads read {:.0f} % of their time; the shards came at {:.3g} MB/s and compute "
      "takes "
      "{:.3g} MB/s{}: {}copy them to a local disk or into memory, or use more --workers (now {}) "
      "if "
      "the storage serves many readers",
      100 * share_of(times.reading, loader_seconds(times)), got, wanted, of_rank(times),
      times.block_shuffle ? "" : "--shuffle block reads in larger pieces; ", times.workers);
}

std::string decode_advice(const TrainingTimes& times) {
  const int64_t needed = std::max(times.workers + 1, workers_needed(times));
  const std::string figures =
      core::format("{} made {:.0f} img/s and compute takes {:.0f}{}",
                   core::counted(static_cast<uint64_t>(times.workers), "loader thread"),
                   share_of(static_cast<double>(times.samples), times.seconds), compute_rate(times),
                   of_rank(times));
  const int64_t left = times.cores - times.compute_threads;
  if (needed <= std::max<int64_t>(left, 1)) {
    return core::format("{}: --workers {} would do ({} cores)", figures, needed, times.cores);
  }
  return core::format(
      "{}: that needs {} threads, and {} cores less {} compute threads leave {}; take more cores, "
      "or "
      "shards of smaller pictures (a shorter side of about 1.15 x --train_image_size)",
      figures, needed, times.cores, times.compute_threads, std::max<int64_t>(left, 0));
}

std::string compute_advice(const TrainingTimes& times) {
  const std::string figures =
      core::format("compute takes {:.0f} img/s{}, the loader could make {:.0f}",
                   compute_rate(times), of_rank(times), loader_rate(times));
  if (times.on_gpu) {
    return figures +
           ": faster with more GPUs, a larger --batch_size where the GPU's memory has room, or a "
           "smaller --train_image_size or --model";
  }
  const int64_t free = times.cores - workers_needed(times);
  if (free > times.compute_threads) {
    return core::format("{}: --compute_threads {} (now {}) of {} cores", figures, free,
                        times.compute_threads, times.cores);
  }
  return figures + ": faster with more cores or ranks, a smaller --train_image_size or --model";
}

std::string reduce_advice(const TrainingTimes& times) {
  const auto steps = static_cast<double>(std::max<int64_t>(1, times.steps));
  const std::string figures = core::format(
      "{:.2g} s of each step's {:.2g} wait for {:.0f} MB of gradients between {} ranks",
      times.reducing / steps, times.seconds / steps,
      static_cast<double>(times.gradient_bytes) / kMega, times.ranks);
  const bool halves = !times.halved_gradients && !times.on_gpu;
  const std::string way = halves ? "--wire_dtype bf16 halves the bytes, " : "";
  return core::format(
      "{}: {}--accumulate_steps 2 sends them half as often; `benchmark allreduce` tells what the "
      "network gives",
      figures, way);
}

std::string copy_advice(const TrainingTimes& times) {
  return core::format(
      "{:.1f} ms of each step go by until the pictures are on the device: a smaller "
      "--train_image_size, or fewer ranks on one PCIe switch",
      1e3 * times.copying / static_cast<double>(std::max<int64_t>(1, times.steps)));
}

}  // namespace

std::string_view bottleneck_name(Bottleneck bottleneck) {
  switch (bottleneck) {
    case Bottleneck::kDisk:
      return "disk";
    case Bottleneck::kDecode:
      return "decode";
    case Bottleneck::kCopy:
      return "host-to-device";
    case Bottleneck::kCompute:
      return "compute";
    case Bottleneck::kAllReduce:
      return "all-reduce";
  }
  return "";
}

Verdict find_bottleneck(const TrainingTimes& times) {
  const double waiting = share_of(times.waiting, times.seconds);
  const double reducing = share_of(times.reducing, times.seconds);
  const double copying = share_of(times.copying, times.seconds);
  const double most = std::max({waiting, reducing, copying});
  if (waiting >= kWaitLimits && waiting == most) {
    return times.reading > times.decoding
               ? Verdict{Bottleneck::kDisk, waiting, disk_advice(times)}
               : Verdict{Bottleneck::kDecode, waiting, decode_advice(times)};
  }
  if (reducing >= kReduceLimits && reducing == most) {
    return {Bottleneck::kAllReduce, reducing, reduce_advice(times)};
  }
  if (copying >= kWaitLimits && copying == most) {
    return {Bottleneck::kCopy, copying, copy_advice(times)};
  }
  return {Bottleneck::kCompute, std::max(0.0, 1 - waiting - reducing - copying),
          compute_advice(times)};
}

std::string verdict_text(const Verdict& verdict) {
  return core::format("{}, {:.0f} % of the time; {}", bottleneck_name(verdict.bottleneck),
                      100 * verdict.share, verdict.advice);
}

}  // namespace train_backbone::commands
