#pragma once

#include <filesystem>
#include <string>

#include "train_backbone/io/export.h"
#include "train_backbone/ops/input_transform.h"

namespace train_backbone::commands {

// What is exported, and what its reader has to know besides.
struct ExportSubject {
  io::ExportChoice choice;
  double leaky_slope = 0;
  ops::Normalisation normalisation;  // RGB, on the 0..255 scale
  std::filesystem::path output;
};

// Lines to paste into the program or the configuration that reads the file: how to make the
// network, where the file goes, mean and deviation with their order and scale, channels and strides
// of the feature maps.
std::string export_snippet(const ExportSubject& subject);

}  // namespace train_backbone::commands
