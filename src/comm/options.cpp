#include "train_backbone/comm/options.h"

namespace train_backbone::comm {
namespace {

constexpr double kLongestTimeout = 1e7;  // four months
constexpr double kMebibyte = 1 << 20;
constexpr double kLargestBucket = 1 << 20;  // MiB; more is surely a mistake of units

}  // namespace

int64_t CommOptions::bucket_bytes() const { return static_cast<int64_t>(bucket_mb * kMebibyte); }

void CommOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(gpus,
                 {.name = "gpus",
                  .help = "started alone: start a rank for each GPU of this machine (all), or "
                          "so many ranks, without mpirun; with --device cpu so many on the "
                          "CPU. Under a launcher it changes nothing",
                  .suggestions = {"all"},
                  .value_name = "all|N"});
  visitor.option(share_gpu, {.name = "share_gpu",
                             .help = "let several ranks compute on one GPU, which is slow: their "
                                     "gradients then meet in the host's memory"});
  visitor.option(bucket_mb,
                 {.name = "bucket_mb",
                  .help = "gradients are averaged over the ranks in pieces of this size while the "
                          "backward pass still runs; changes no result",
                  .bound = {.low = 0, .high = kLargestBucket, .low_open = true},
                  .unit = "MiB"});
  visitor.option(wire_dtype, {.name = "wire_dtype",
                              .help = "how gradients travel between ranks; bf16 halves the bytes "
                                      "for a slow network, and rounds them",
                              .choices = {"fp32", "bf16"}});
  visitor.option(sync_bn, {.name = "sync_bn",
                           .help = "batch normalisation over the samples of all ranks instead of "
                                   "each rank's own; for few images per rank"});
  visitor.option(sagemaker_dir, {.name = "sagemaker_dir",
                                 .help = "where a SageMaker job finds its files; its hosts are the "
                                         "ranks where no launcher says otherwise",
                                 .value_name = "DIR"});
  visitor.option(job_exports,
                 {.name = "job_exports",
                  .help = "programs that the best weights are exported for at the end of a "
                          "SageMaker job, as in export --for: none, auto (each detector that has "
                          "the network), or names separated by commas",
                  .suggestions = {"none", "auto"},
                  .value_name = "none|auto|NAMES"});
  visitor.option(check_replicas_every,
                 {.name = "check_replicas_every",
                  .help = "compare the weights of all ranks every so many steps; a difference ends "
                          "the run",
                  .bound = core::at_least(0),
                  .unit = "steps",
                  .word_for_zero = "never"});
  visitor.option(heartbeat_timeout,
                 {.name = "heartbeat_timeout",
                  .help = "a rank that is silent so long (stopped, its host or network down) ends "
                          "all ranks",
                  .bound = core::between(1, kLongestTimeout),
                  .unit = "seconds"});
  visitor.option(progress_timeout,
                 {.name = "progress_timeout",
                  .help = "when no rank gets on for so long, and for ten times as long as the "
                          "second longest step so far took, all end; the one that others wait for "
                          "is named. It must be longer than the first steps take",
                  .bound = core::between(1, kLongestTimeout),
                  .unit = "seconds"});
}

}  // namespace train_backbone::comm
