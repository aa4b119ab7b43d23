#pragma once

#include <filesystem>
#include <vector>

#include "io/export/foreign_weights.h"
#include "io/export/raw_tensor.h"

namespace train_backbone::io {

// Compares what was read back from `path` with the program's list (names and shapes) and with the
// tensors that it was made of, as we have them (element type and every bit of every value, brought
// back to our layout). Throws core::DataError naming what differs.
void verify_tensors(const std::vector<RawTensor>& read, const std::vector<models::KeyShape>& list,
                    const std::vector<ForeignTensor>& wanted, const ExportChoice& choice,
                    const std::filesystem::path& path);

}  // namespace train_backbone::io
