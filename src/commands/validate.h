#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/core/options.h"
#include "train_backbone/data/damage_options.h"
#include "train_backbone/ops/options.h"

namespace train_backbone::commands {

// What is not given comes from the weight file's metadata, and from train's defaults where the file
// does not tell either.
struct ValidateOptions : core::Options {
  std::string weights;  // weight file, checkpoint folder or model_dir
  std::string validation_data_dir;
  std::string model;
  std::string compat;
  std::optional<double> leaky_slope;
  std::optional<int64_t> num_classes;
  std::optional<int64_t> label_offset;
  std::optional<int64_t> eval_image_size;
  std::optional<double> eval_crop_pct;
  std::string augment_semantics;
  std::string predictions;  // CSV file to write, one line per record
  std::string dump_inputs;  // safetensors file to write: what the network saw and answered
  int64_t dump_records = 2000;
  int64_t batch_size = 128;
  std::string index_dir;
  data::DamageOptions damage;
  int64_t workers = 0;
  bool quiet = false;

  void visit_options(core::OptionVisitor& visitor) override;
};

// Top-1, top-5 and mean cross-entropy over every record, each exactly once. Returns the exit code;
// throws core::Error. The log level is the caller's business.
int run_validate(const ValidateOptions& options, const ops::DeviceOptions& device);

}  // namespace train_backbone::commands
