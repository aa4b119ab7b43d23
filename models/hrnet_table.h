#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace train_backbone::models {

// Wang et al. 2019, "Deep High-Resolution Representation Learning", with the classification head of
// its figure 11 ("C"). Branch i of `width` * 2^i channels.
struct HRNetSpec {
  std::string_view name;
  int64_t width = 0;
};

inline constexpr std::array kHRNets{HRNetSpec{"hrnet_w18c", 18}, HRNetSpec{"hrnet_w32c", 32}};

}  // namespace train_backbone::models
