#pragma once

#include <filesystem>

#include "io/export/foreign_weights.h"

namespace train_backbone::io {

// A file that Python's torch.load(weights_only=True) gives as a dict of names and tensors.
void write_pth(const std::filesystem::path& path, const std::vector<ForeignTensor>& tensors);

}  // namespace train_backbone::io
