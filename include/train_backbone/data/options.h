#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/core/options.h"
#include "train_backbone/data/damage_options.h"

namespace train_backbone::data {

// Where the records are and how they become batches. Plain data, shared by train and validate.
struct DataOptions : core::Options {
  std::string train_data_dir;
  std::string validation_data_dir;
  std::optional<int64_t> train_dataset_size;  // only compared with the index, which rules
  int64_t label_offset = 1;                   // class of a record = its label - label_offset
  std::optional<int64_t> train_image_size;    // not given: what the model is meant for
  std::optional<int64_t> eval_image_size;     // not given: train_image_size
  double eval_crop_pct = 0.875;               // central part of the shorter side that is evaluated
  std::string augment = "original";           // original | flip | none
  std::string augment_semantics = "tf";       // tf | torchvision | tf_exact
  std::string compat = "none";                // none | aws
  std::string index_dir;                      // not given: beside the shards, else the user's cache
  std::string shuffle = "global";             // global | block
  DamageOptions damage;
  int64_t workers = 0;  // 0: one per allowed core left over, at least one

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::data
