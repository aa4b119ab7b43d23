#include "train_backbone/train/normalisation.h"

#include "train_backbone/core/suggest.h"

namespace train_backbone::train {

ops::Normalisation imagenet_normalisation() {
  return {.mean = {123.675F, 116.28F, 103.53F}, .deviation = {58.395F, 57.12F, 57.375F}};
}

ops::Normalisation original_normalisation(std::string_view model) {
  constexpr std::array<float, 3> kMean{123.68F, 116.78F, 103.94F};
  if (core::fold_name(model).starts_with("hrnet")) {
    return {.mean = kMean, .deviation = {1, 1, 1}};
  }
  return {.mean = kMean, .deviation = {58.393F, 57.12F, 57.375F}};
}

}  // namespace train_backbone::train
