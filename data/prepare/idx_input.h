#pragma once

#include "data/prepare/input.h"

namespace train_backbone::data {

// Whether the file, unpacked where it is gzipped, is an IDX file of 8-bit pictures
// (magic 0x00000803: count, rows and columns follow, all big-endian 32-bit; then the pixels).
bool is_idx_images(const std::filesystem::path& path);

// The IDX images file of the split in a folder that holds MNIST's files: train-images-idx3-ubyte
// for "train", t10k-images-idx3-ubyte for "validation" and "test", plain or .gz; empty when there
// is none.
std::filesystem::path find_idx_images(const std::filesystem::path& folder, std::string_view split);

// Pictures of an IDX file `images`. They are held in memory (MNIST: 47 MB) and handed out as gray
// PNG files. Labels: --labels, else the neighbour of the usual name (images-idx3 -> labels-idx1).
// Class numbers are the values; their names are "0", "1", ... (or the lines of --synsets).
// Throws core::DataError when a file is not whole or the two do not belong together.
PrepareInput list_idx(const PrepareOptions& options, const std::filesystem::path& images);

}  // namespace train_backbone::data
