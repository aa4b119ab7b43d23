#pragma once

#include <filesystem>
#include <vector>

#include "io/export/foreign_weights.h"
#include "io/export/raw_tensor.h"

// Darknet's weight file, cut off behind the last layer of the backbone: four numbers of header,
// then per convolution its arrays in fp32, without names or sizes.
namespace train_backbone::io {

// `tensors` in the order of models/keys: per convolution biases, scales, rolling_mean,
// rolling_variance, weights.
void write_conv74(const std::filesystem::path& path, const std::vector<ForeignTensor>& tensors);

// The arrays that a file of just these shapes holds. Throws core::DataError for another length or
// header.
std::vector<RawTensor> read_conv74(const std::filesystem::path& path,
                                   const std::vector<models::KeyShape>& list);

}  // namespace train_backbone::io
