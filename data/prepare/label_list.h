#pragma once

#include <filesystem>

#include "data/prepare/picture_list.h"

namespace train_backbone::data {

// Gives the pictures of `list` the classes that a label list names. Two forms:
//   FILE SYNSET   per line, in any order; folders before the file's name are ignored
//   SYNSET        per line, for the pictures in the order of their names, as ImageNet's validation
//                 list is commonly given
// Numbers instead of synsets are the devkit's ids, whose order is not that of the synsets; they
// need `devkit_map` (may be empty otherwise). Throws core::UsageError for numbers without a map,
// core::DataError when list and pictures do not match one to one.
void apply_label_list(const std::filesystem::path& labels, const std::filesystem::path& devkit_map,
                      PictureList& list);

}  // namespace train_backbone::data
