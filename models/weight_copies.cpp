#include "train_backbone/models/weight_copies.h"

#include <map>
#include <stdexcept>

#include "models/layers.h"
#include "train_backbone/core/format.h"

namespace train_backbone::models {

void compute_with_copies(Classifier& network, at::ScalarType type,
                         const std::vector<std::pair<std::string, at::Tensor>>& copies) {
  const std::map<std::string, at::Tensor> by_name(copies.begin(), copies.end());
  for (const auto& item : network.named_modules("", /*include_self=*/false)) {
    auto* convolution = item.value()->as<Convolution>();
    if (convolution == nullptr) continue;
    const std::string name = item.key() + ".weight";
    const at::Tensor& weight = convolution->weight();
    const auto found = by_name.find(name);
    const at::Tensor copy = found == by_name.end() ? weight.detach().to(type) : found->second;
    if (copy.scalar_type() != type || copy.sizes() != weight.sizes()) {
      throw std::invalid_argument(
          core::format("compute_with_copies: the copy of '{}' has another type or shape", name));
    }
    convolution->compute_with(copy);
  }
}

}  // namespace train_backbone::models
