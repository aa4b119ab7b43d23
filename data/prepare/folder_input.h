#pragma once

#include <filesystem>
#include <string_view>

#include "data/prepare/input.h"

namespace train_backbone::data {

// Whether the name ends as pictures do: .JPEG, .jpg, .jpe, .jfif or .png in any case. The content
// is looked at later and decides.
bool has_picture_name(std::string_view name);

enum class SplitHolds { kClassFolders, kPictures };

// The folder with the pictures of the split: ROOT/SPLIT (or ROOT/val for "validation") where there
// is one, else ROOT. Among other folders one without folders in it is no split of class folders: it
// is a class that happens to be called so. Throws core::DataError when ROOT holds other splits but
// not this one.
std::filesystem::path split_folder(const std::filesystem::path& root, std::string_view split,
                                   SplitHolds holds);

// ROOT/CLASS/PICTURE: lists every picture directly in a subfolder, its name being the class.
// What is not a picture, or lies beside the class folders, is passed over with one warning each.
// Hidden names never count.
PrepareInput list_class_folders(const PrepareOptions& options);

// ROOT/PICTURE, without classes yet.
PrepareInput list_flat_folder(const PrepareOptions& options);

}  // namespace train_backbone::data
