#pragma once

#include <filesystem>
#include <vector>

#include "io/export/foreign_weights.h"
#include "io/export/raw_tensor.h"

// Keras' weight file, as load_weights(by_name=True) reads it: HDF5 with a group per layer; the root
// names the layers in the attribute layer_names, each group its variables, in the layer's order, in
// weight_names.
namespace train_backbone::io {

// Names LAYER/VARIABLE:0, the variables of a layer next to each other; fp32.
// Throws core::DataError when it cannot be written.
void write_keras_h5(const std::filesystem::path& path, const std::vector<ForeignTensor>& tensors);

// Throws core::DataError when it is no such file.
std::vector<RawTensor> read_keras_h5(const std::filesystem::path& path);

}  // namespace train_backbone::io
