#pragma once

#include "data/prepare/input.h"

namespace train_backbone::data {

// Whether the file begins with a tar header.
bool is_tar(const std::filesystem::path& path);

// Pictures inside a tar, read at their offsets without unpacking: ImageNet's training tar (a tar of
// one tar per class), a tar of class folders, or, without classes yet, a tar of pictures as
// ImageNet's validation tar. The class is the inner tar's name without ".tar", else the folder's.
PrepareInput list_tar(const PrepareOptions& options);

}  // namespace train_backbone::data
