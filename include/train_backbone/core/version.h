#pragma once

#include <string_view>

namespace train_backbone::core {

// "0.1.0", the version in CMakeLists.txt.
std::string_view program_version();

}  // namespace train_backbone::core
