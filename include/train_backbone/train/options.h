#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::train {

struct TrainOptions : core::Options {
  std::string model_dir = "checkpoints";
  int64_t batch_size = 128;                  // per rank and pass
  std::optional<int64_t> global_batch_size;  // instead of batch_size
  int64_t accumulate_steps = 1;              // passes of one step on each rank
  double label_smoothing = 0.1;
  double mixup_alpha = 0.2;  // 0: off
  int64_t seed = 0;
  std::optional<int64_t> max_steps;
  int64_t eval_every_epochs = 1;       // 0: only at the end
  int64_t checkpoint_every_steps = 0;  // 0: at the end of each epoch only
  std::string resume_from;             // DIR | auto
  bool overwrite = false;
  std::string fine_tune;  // weight file; the original had a flag of this name without effect
  bool strict = false;    // of fine_tune: every key on both sides must fit
  std::string freeze;     // parts or modules, separated by commas
  bool freeze_bn = false;
  int64_t log_every_steps = 10;
  double print_every_seconds = 10;  // where standard output is no terminal
  bool tensorboard = true;
  int64_t histograms_every_epochs = 0;  // for TensorBoard; 0: never
  bool dry_run = false;
  bool print_metric_definitions = false;
  bool quiet = false;
  std::string log_level = "info";

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::train
