#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/models/classifier.h"

namespace train_backbone::models {

struct ModelCost {
  int64_t parameters = 0;
  int64_t multiply_adds = 0;  // convolutions and dense layers, one picture
};

// Canonical names of all models, in the order of the table ("resnet18v1_b", ...).
std::vector<std::string> model_names();

// The canonical name for a name in any case, with or without '_' and '-'.
// Throws core::UsageError naming the closest known ones.
std::string canonical_model_name(std::string_view name);

// Input size the model is meant for, in pixels.
int64_t default_image_size(std::string_view name);

// A model with initialised weights: a pure function of (name, num_classes, seed).
// He initialisation and zero scale in the last batch normalisation of each block, as the original
// (details in models/init.h).
// Throws core::UsageError for an unknown name and for num_classes < 1.
std::shared_ptr<Classifier> make_model(std::string_view name, int64_t num_classes, uint64_t seed);

// For one picture of image_size x image_size. Takes neither time nor memory: the weights are never
// touched. Throws core::UsageError as make_model.
ModelCost model_cost(std::string_view name, int64_t num_classes, int64_t image_size);

}  // namespace train_backbone::models
