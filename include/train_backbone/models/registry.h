#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/models/backbone.h"

namespace train_backbone::models {

struct ModelCost {
  int64_t parameters = 0;
  int64_t multiply_adds = 0;      // convolutions and dense layers, one picture, forward
  std::vector<LayerWork> layers;  // of a training step, one picture
};

// Which network, with which head.
struct ModelChoice {
  std::string name;  // in any case, with or without '_' and '-'
  int64_t num_classes = 1000;
  bool original = false;     // as aws-samples' program computes it; models/README.md tells how
  double leaky_slope = 0.1;  // of DarkNet's LeakyReLU; others have none
};

// Canonical names of all models, in the order of the tables ("resnet18v1_b", ...).
std::vector<std::string> model_names();

// The canonical name for a name in any case, with or without '_' and '-'.
// Throws core::UsageError naming the closest known ones.
std::string canonical_model_name(std::string_view name);

// Input size the model is meant for, in pixels. The original's DarkNet has another.
int64_t default_image_size(std::string_view name, bool original);

// Throws core::UsageError, naming `option`, when the model cannot take pictures of `size` x `size`
// (HRNet wants multiples of 32).
void check_image_size(std::string_view name, int64_t size, std::string_view option);

// A model with initialised weights, channels-last: a pure function of the choice and the seed (see
// models/init.h). Throws core::UsageError for an unknown name and for num_classes < 1.
std::shared_ptr<Backbone> make_model(const ModelChoice& choice, uint64_t seed);

// For one picture of image_size x image_size. Takes neither time nor memory: the weights are never
// touched. Throws core::UsageError as make_model.
ModelCost model_cost(const ModelChoice& choice, int64_t image_size);

// C2..C5 of the model. Throws core::UsageError as make_model.
std::vector<FeatureMap> model_feature_maps(const ModelChoice& choice);

}  // namespace train_backbone::models
