#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::io {

// How a set of tensors differs from the one that was expected.
struct Differences {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<std::string> different;  // shape, type or value, with what differs

  // Throws core::DataError with the first few of each kind.
  void throw_if_any(const std::filesystem::path& path, std::string_view what) const;
};

// "NAME is 64 x 3 and should be 32 x 3".
std::string shape_difference(const std::string& name, const std::vector<int64_t>& sizes,
                             const std::vector<int64_t>& wanted);

}  // namespace train_backbone::io
