#include "commands/benchmark_command.h"

#include "commands/benchmark_allreduce.h"
#include "commands/benchmark_input.h"
#include "commands/benchmark_step.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/models/options.h"
#include "train_backbone/ops/guard_device.h"

namespace train_backbone::commands {

void BenchmarkOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(measurement, {.name = "measurement",
                               .help = "input: shards to training batches; step: training on "
                                       "synthetic pictures; allreduce: sums between the ranks of "
                                       "this launch",
                               .choices = {"input", "step", "allreduce"},
                               .positional = true,
                               .required = true});
  visitor.option(data, {.name = "data", .help = "input: folder with shards, train-* if there are"});
  visitor.option(index_dir, {.name = "index_dir",
                             .help = "folder for the cached record index; default: beside the "
                                     "shards, else the user's cache folder"});
  visitor.option(augment, {.name = "augment",
                           .help = "original: random box, flip; flip: whole picture, flip; none",
                           .choices = {"original", "flip", "none"}});
  visitor.option(augment_semantics, {.name = "augment_semantics",
                                     .help = "whose boxes and resizing: tf, torchvision or "
                                             "tf_exact",
                                     .choices = {"tf", "torchvision", "tf_exact"}});
  visitor.option(image_size, {.name = "image_size",
                              .help = "side of the pictures that are made",
                              .bound = core::between(8, 4096),
                              .unit = "pixels"});
  visitor.option(workers, {.name = "workers",
                           .help = "most threads that are measured; auto: the cores this process "
                                   "may run on",
                           .bound = core::between(0, 1024),
                           .unit = "threads",
                           .word_for_zero = "auto"});
  visitor.option(seconds, {.name = "seconds",
                           .help = "about how long to measure; longer is more exact",
                           .bound = core::above(0),
                           .unit = "seconds"});
  visitor.option(share_gpu, {.name = "share_gpu",
                             .help = "allreduce: several ranks may have one GPU, and add up "
                                     "through the host's memory"});
  visitor.option(
      model,
      {.name = "model", .help = "step: the network", .suggestions = models::suggested_models()});
  visitor.option(batch_size, {.name = "batch_size",
                              .help = "step: pictures of one step",
                              .bound = core::at_least(1),
                              .unit = "images",
                              .short_name = "b"});
  visitor.option(steps, {.name = "steps",
                         .help = "step: how many are measured",
                         .bound = core::at_least(1),
                         .unit = "steps"});
}

std::vector<config::OptionGroup> BenchmarkCommand::option_groups() {
  return {{.title = "What to measure", .options = &options_},
          {.title = "Device", .options = &device_},
          {.title = "Output", .options = &output_}};
}

int BenchmarkCommand::run_allreduce() {
  int code = 0;
  ops::guard_device([&] { code = benchmark_allreduce(options_, device_, output_); });
  return code;
}

int BenchmarkCommand::run(const config::ResolvedConfig& /*resolved*/) {
  if (options_.measurement == "allreduce") return run_allreduce();
  if (options_.measurement == "step") return benchmark_step(options_, device_, output_.quiet);
  if (options_.data.empty()) {
    throw core::UsageError("benchmark input: --data is needed: the folder with the shards");
  }
  return benchmark_input(options_, output_.quiet);
}

}  // namespace train_backbone::commands
