#include "train_backbone/train/options.h"

namespace train_backbone::train {
namespace {

constexpr double kLargestSeed = 9007199254740992.0;  // 2^53: exact in every reader of JSON

void visit_learning(TrainOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.batch_size, {.name = "batch_size",
                                      .help = "samples of one pass on each rank",
                                      .bound = core::at_least(1),
                                      .unit = "images per rank",
                                      .short_name = "b"});
  visitor.option(options.global_batch_size,
                 {.name = "global_batch_size",
                  .help = "samples of one step over all ranks, instead of --batch_size",
                  .bound = core::at_least(1),
                  .unit = "images",
                  .instead_of = "batch_size"});
  visitor.option(options.accumulate_steps,
                 {.name = "accumulate_steps",
                  .help = "add up the gradients of so many passes before each update, for batches "
                          "that memory does not hold at once",
                  .bound = core::at_least(1),
                  .unit = "passes"});
  visitor.option(options.label_smoothing,
                 {.name = "label_smoothing",
                  .help = "share of the target that is spread evenly over all classes",
                  .bound = core::below(0, 1)});
  visitor.option(options.mixup_alpha,
                 {.name = "mixup_alpha",
                  .help = "mixup with shares from Beta(alpha, alpha); more mixes more, 0: off",
                  .bound = core::at_least(0)});
  visitor.option(options.seed, {.name = "seed",
                                .help = "of the initial weights, the order of samples and all "
                                        "other draws",
                                .bound = core::between(0, kLargestSeed)});
  visitor.option(options.max_steps,
                 {.name = "max_steps",
                  .help = "stop after so many steps of the run; never reshapes the schedule",
                  .bound = core::at_least(1),
                  .unit = "steps"});
}

void visit_fine_tuning(TrainOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.fine_tune,
                 {.name = "fine_tune",
                  .help = "begin with these weights: ours or those of timm, torchvision, mmdet or "
                          "mmpretrain. The classifier is new where it has other classes",
                  .value_name = "FILE.safetensors"});
  visitor.option(options.strict,
                 {.name = "strict",
                  .help = "--fine_tune: a key that is not used or missing is an error, the "
                          "classifier's excepted"});
  visitor.option(options.freeze, {.name = "freeze",
                                  .help = "parts of the network that do not learn, such as "
                                          "stem,layer1; their batch normalisation computes as in "
                                          "evaluation"});
  visitor.option(options.freeze_bn, {.name = "freeze_bn",
                                     .help = "no batch normalisation learns: neither scale, shift "
                                             "nor statistics change"});
}

void visit_run(TrainOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.model_dir,
                 {.name = "model_dir", .help = "folder that the run writes into"});
  visitor.option(options.eval_every_epochs,
                 {.name = "eval_every_epochs",
                  .help = "validate at the end of every so many epochs; 0: only at the end",
                  .bound = core::at_least(0),
                  .unit = "epochs"});
  visitor.option(options.checkpoint_every_steps,
                 {.name = "checkpoint_every_steps",
                  .help = "save the state every so many steps as well; 0: at ends of epochs only",
                  .bound = core::at_least(0),
                  .unit = "steps"});
  visitor.option(options.resume_from,
                 {.name = "resume_from",
                  .help = "go on from a checkpoint: its folder, a --model_dir, or auto for the "
                          "newest one in --model_dir if there is any"});
  visitor.option(options.overwrite,
                 {.name = "overwrite", .help = "remove the run that --model_dir holds"});
  visitor.option(options.log_every_steps, {.name = "log_every_steps",
                                           .help = "a line in metrics.jsonl every so many steps",
                                           .bound = core::at_least(1),
                                           .unit = "steps"});
  visitor.option(
      options.print_every_seconds,
      {.name = "print_every_seconds",
       .help = "a line of progress at most so often where standard output is no terminal "
               "(a file, a pipe, mpirun)",
       .bound = core::between(0, 1e6),
       .unit = "seconds"});
  visitor.option(options.tensorboard,
                 {.name = "tensorboard",
                  .help = "write event files for TensorBoard to MODEL_DIR/tensorboard"});
  visitor.option(options.histograms_every_epochs,
                 {.name = "histograms_every_epochs",
                  .help = "show TensorBoard how each parameter's values are spread at the end of "
                          "every so many epochs",
                  .bound = core::at_least(0),
                  .unit = "epochs",
                  .word_for_zero = "never"});
  visitor.option(
      options.dry_run,
      {.name = "dry_run",
       .help = "print what the run would be, and train nothing: steps, learning rate over "
               "time, parameters, GMACs, memory, and the time that it would compute, from "
               "a few steps with made-up pictures"});
  visitor.option(
      options.print_metric_definitions,
      {.name = "print_metric_definitions",
       .help = "print the regular expressions with which SageMaker reads the metrics of a "
               "run, as JSON, and train nothing"});
  visitor.option(options.quiet,
                 {.name = "quiet", .help = "print only the line of results at the end"});
  visitor.option(options.log_level, {.name = "log_level",
                                     .help = "lowest level of diagnostics on standard error",
                                     .choices = {"debug", "info", "warning", "error"}});
}

}  // namespace

void TrainOptions::visit_options(core::OptionVisitor& visitor) {
  visit_learning(*this, visitor);
  visit_fine_tuning(*this, visitor);
  visit_run(*this, visitor);
}

}  // namespace train_backbone::train
