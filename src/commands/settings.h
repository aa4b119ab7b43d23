#pragma once

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
};

}  // namespace train_backbone::commands
