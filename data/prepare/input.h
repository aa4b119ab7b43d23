#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/prepare/picture_list.h"
#include "data/prepare/picture_reader.h"
#include "train_backbone/data/prepare/options.h"

namespace train_backbone::data {

// Everything that is known about an input before a picture is opened.
struct PrepareInput {
  PictureList list;  // classes in the order of the labels: class number + 1 = label
  std::shared_ptr<const PictureReader> reader;
  std::string description;       // "class folders", ... for the log
  std::filesystem::path folder;  // that was listed; empty when the input is not a folder of files
  std::vector<std::string> classes;   // numbering that the input itself fixes; empty: sorted names
  bool numbered_elsewhere = false;    // `classes` holds for all splits, not for this one alone
  std::vector<std::string> warnings;  // about what was passed over
  bool undivided = false;             // class folders directly in --input, not below train/
  bool labelled = false;              // --labels has been used up by the listing
  uint64_t digest = 0;                // of content that the list does not show (IDX pixels)
};

// Finds out what `options.input` is (by folder layout and content, never by name alone), lists its
// pictures, numbers the classes and sorts the list: the training split by class and name, other
// splits by name, which is the order the original starts from.
//
// Class numbers: --synsets, else what the input fixes (the class folders of `train` beside the
// split or beside the input for class folders, the values for IDX files), else the sorted names
// that occur; for another split than train that is warned of, as they may not be all of train's.
//
// Throws core::DataError (nothing there, nothing that looks like pictures, damaged) or
// core::UsageError (an option is missing or contradicts the input).
PrepareInput find_pictures(const PrepareOptions& options);

}  // namespace train_backbone::data
