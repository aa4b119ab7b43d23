#pragma once

#include "train_backbone/comm/options.h"
#include "train_backbone/data/options.h"
#include "train_backbone/models/options.h"
#include "train_backbone/ops/options.h"
#include "train_backbone/optim/options.h"
#include "train_backbone/train/options.h"

namespace train_backbone::commands {

// Everything that `train` can be told.
struct TrainSettings {
  data::DataOptions data;
  models::ModelOptions model;
  optim::OptimOptions optim;
  train::TrainOptions train;
  ops::DeviceOptions device;
  comm::CommOptions comm;

  // Which part of each step is this process's: found out, not given.
  int64_t rank = 0;
  int64_t world_size = 1;
};

}  // namespace train_backbone::commands
