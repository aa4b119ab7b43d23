#pragma once

#include <filesystem>
#include <vector>

#include "io/export/foreign_weights.h"
#include "io/export/raw_tensor.h"
#include "train_backbone/io/export.h"

namespace train_backbone::io {

// Throws core::UsageError when the container holds no such numbers.
void check_dtype(Container container, at::ScalarType dtype);

// The tensors in their order. `metadata` goes where the container has a place for it.
void write_container(Container container, const std::filesystem::path& path,
                     const std::vector<ForeignTensor>& tensors, const Metadata& metadata);

// By code that shares nothing with write_container(). `list` is for the container without names.
std::vector<RawTensor> read_container(Container container, const std::filesystem::path& path,
                                      const std::vector<models::KeyShape>& list);

}  // namespace train_backbone::io
