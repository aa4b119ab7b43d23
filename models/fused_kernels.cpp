#include "train_backbone/models/fused_kernels.h"

#include "models/layers.h"

namespace train_backbone::models {

void use_fused_kernels(Classifier& network, bool on) {
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* norm = module->as<BatchNorm>()) norm->fuse(on);
    if (auto* convolution = module->as<Convolution>()) convolution->fuse(on);
  }
}

}  // namespace train_backbone::models
