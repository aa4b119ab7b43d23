#include "comm/gradient_hooks.h"

#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace train_backbone::comm {

GradientHooks::GradientHooks(const ops::FlatArena& arena,
                             const std::function<void(size_t)>& arrived) {
  using Tensors = std::vector<at::Tensor>;
  for (size_t i = 0; i < arena.slots().size(); ++i) {
    auto node = torch::autograd::impl::grad_accumulator(arena.slots()[i].tensor);
    const auto key = node->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
        [arrived, i](const Tensors& outputs, const Tensors& /*inputs*/) {
          arrived(i);
          return outputs;
        }));
    hooks_.emplace_back(std::move(node), key);
  }
}

GradientHooks::~GradientHooks() {
  for (const auto& [node, key] : hooks_) node->del_post_hook(key);
}

}  // namespace train_backbone::comm
