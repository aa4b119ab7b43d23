#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "commands/validate.h"
#include "train_backbone/data/image/semantics.h"
#include "train_backbone/models/classifier.h"
#include "train_backbone/ops/input_transform.h"

namespace train_backbone::commands {

// A model with the weights that `validate` was given, and how its pictures are to be made.
struct ValidateTarget {
  std::filesystem::path weights;  // file or checkpoint folder that was read
  std::string name;
  std::shared_ptr<models::Classifier> model;
  int64_t num_classes = 0;
  int64_t label_offset = 0;
  int64_t image_size = 0;
  double crop_pct = 0;
  data::AugmentSemantics semantics = data::AugmentSemantics::kTf;
  ops::Normalisation normalisation;
};

// Reads the weights; of each value the option rules, then the file's metadata, then the default.
// --weights may be a --model_dir, which means its best weights.
// Throws core::UsageError when neither option nor file names the model or they do not fit,
// core::DataError for a bad file.
ValidateTarget load_validate_target(const ValidateOptions& options);

}  // namespace train_backbone::commands
