#include "models/joint_batch_norm.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/sub.h>
#include <torch/csrc/autograd/custom_function.h>

namespace train_backbone::models {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Carries the group from forward to backward, in the one form that a context can hold.
struct HeldGroup : torch::CustomClassHolder {
  explicit HeldGroup(RankGroup group) : ranks(std::move(group)) {}
  RankGroup ranks;
};

// [C] -> [1, C, 1, 1], in the type of `like`.
at::Tensor per_channel(const at::Tensor& values, const at::Tensor& like) {
  return values.to(like.scalar_type()).view({1, -1, 1, 1});
}

// With x^ = (x - mean) * d, d = 1 / sqrt(variance + epsilon), and n values per channel on all
// ranks:
//   dx = weight * d * (dy - sum(dy) / n - x^ * sum(dy * x^) / n), sums over the joined batch
// (Ioffe and Szegedy 2015, section 3). `sums`: [2, C], sum(dy * x^) and sum(dy).
at::Tensor input_gradient(const at::Tensor& output_gradient, const variable_list& saved,
                          const at::Tensor& sums, double count) {
  const at::Tensor& input = saved[0];
  const at::Tensor deviation = saved[3].to(at::kDouble);
  at::Tensor gradient = at::sub(input, per_channel(saved[2], input));
  gradient.mul_(per_channel(deviation * sums[0] / -count, input)).add_(output_gradient);
  gradient.sub_(per_channel(sums[1] / count, input));
  return gradient.mul_(per_channel(deviation * saved[1], input));
}

// Normalises by given statistics, but has the gradient of batch normalisation.
struct Normalise : torch::autograd::Function<Normalise> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const JointStatistics& joint, double epsilon, const RankGroup& ranks) {
    const at::Tensor mean = joint.mean.to(input.scalar_type());
    const at::Tensor deviation =
        (joint.variance + epsilon).rsqrt().to(input.scalar_type());  // its inverse
    context->save_for_backward({input, weight, mean, deviation});
    context->saved_data["count"] = joint.count;
    context->saved_data["ranks"] = c10::IValue::make_capsule(c10::make_intrusive<HeldGroup>(ranks));
    // As in evaluation: torch's fused pass with these statistics for the running ones.
    return std::get<0>(at::native_batch_norm(input, weight, bias, mean,
                                             joint.variance.to(input.scalar_type()),
                                             /*training=*/false, 0, epsilon));
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    // This rank's sum(dy * x^) and sum(dy) over its own samples, in one fused pass.
    const auto [unused, weight_gradient, bias_gradient] =
        at::native_batch_norm_backward(gradients[0], saved[0], saved[1], {}, {}, saved[2], saved[3],
                                       /*train=*/true, 0, {false, true, true});
    variable_list results{{}, weight_gradient, bias_gradient, {}, {}, {}};
    if (!context->needs_input_grad(0)) return results;
    at::Tensor sums = at::cat({weight_gradient, bias_gradient}).to(at::kDouble);
    const auto held = context->saved_data["ranks"].toCapsule();
    static_cast<HeldGroup&>(*held).ranks.sum(sums);
    results[0] = input_gradient(gradients[0], saved, sums.view({2, -1}),
                                static_cast<double>(context->saved_data["count"].toInt()));
    return results;
  }
};

void update(const at::Tensor& running, const at::Tensor& now, double new_share) {
  running.mul_(1 - new_share).add_(now.to(running.scalar_type()), new_share);
}

}  // namespace

at::Tensor joint_batch_norm(const at::Tensor& input, const BatchNormTensors& tensors,
                            const BatchNormFactors& factors, const RankGroup& ranks) {
  JointStatistics joint;
  {
    const at::NoGradGuard no_grad;
    joint = joint_statistics(input, ranks);
    const auto count = static_cast<double>(joint.count);
    update(tensors.running_mean, joint.mean, factors.new_share);
    update(tensors.running_var, joint.variance * (count / (count - 1)), factors.new_share);
  }
  return Normalise::apply(input, tensors.weight, tensors.bias, joint, factors.epsilon, ranks);
}

}  // namespace train_backbone::models
