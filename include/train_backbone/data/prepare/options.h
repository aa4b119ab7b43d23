#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::data {

struct PrepareOptions : core::Options {
  std::string input;            // folder, tar of class tars, or IDX images file
  std::string output;           // folder for the shards
  std::string split = "train";  // prefix of the shards' names: train | validation | ...
  // In (0, 1): both train and validation are made, of which this share is drawn for validation.
  std::optional<double> validation_share;
  int64_t shards = 0;        // 0: 1024 for train, 128 for validation as the original, fewer for
                             // small sets
  std::string labels;        // flat folder: label list; IDX: labels file (default: by name)
  std::string synsets;       // one class per line: fixes the numbering of the labels
  std::string synset_words;  // optional "n01440764 tench, ..." lines for image/class/text
  std::string devkit_map;    // ILSVRC id -> synset, for numeric label lists
  bool keep_png = false;
  bool verify_images = false;
  std::string on_bad_image = "fail";  // fail | skip
  int64_t max_bad_images = 100;
  int64_t jpeg_quality = 95;  // of pictures that have to be converted
  int64_t workers = 0;        // 0: one per core
  bool overwrite = false;
  bool quiet = false;  // no progress; set by the command from its own option of that name

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::data
