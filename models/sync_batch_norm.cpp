#include "train_backbone/models/sync_batch_norm.h"

#include <stdexcept>

#include "models/layers.h"

namespace train_backbone::models {

int64_t synchronise_batch_norm(Classifier& network, const SumOverRanks& sum, int64_t world_size) {
  if (world_size < 1) throw std::invalid_argument("synchronise_batch_norm: world_size < 1");
  int64_t layers = 0;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    auto* norm = module->as<BatchNorm>();
    if (norm == nullptr) continue;
    norm->synchronise({.sum = sum, .world_size = world_size});
    ++layers;
  }
  return layers;
}

}  // namespace train_backbone::models
