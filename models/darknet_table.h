#pragma once

#include <array>
#include <string_view>

namespace train_backbone::models {

// Redmon and Farhadi 2018, "YOLOv3", table 1: a convolution of stride 2 and `depths` residual
// blocks per stage.
struct DarkNetSpec {
  std::string_view name;
  std::array<int, 5> depths{};
};

inline constexpr std::array kDarkNets{DarkNetSpec{"darknet53", {1, 2, 8, 8, 4}}};

}  // namespace train_backbone::models
