#include <stdexcept>

#include "ops/gpu_kernels.h"

namespace train_backbone::ops {
namespace {

[[noreturn]] void refuse() {
  throw std::logic_error("this build has no kernels for GPUs; has_gpu_kernels() says so");
}

}  // namespace

bool has_gpu_kernels() { return false; }

BatchNormActOutput batch_norm_act_forward_gpu(const at::Tensor& /*input*/,
                                              const at::Tensor& /*residual*/,
                                              const BatchNormActParameters& /*parameters*/,
                                              const at::Tensor& /*running_mean*/,
                                              const at::Tensor& /*running_var*/,
                                              const BatchNormActSettings& /*settings*/) {
  refuse();
}

at::Tensor batch_norm_act_apply_gpu(const at::Tensor& /*input*/, const at::Tensor& /*residual*/,
                                    const BatchNormActParameters& /*parameters*/,
                                    const at::Tensor& /*mean*/,
                                    const at::Tensor& /*inverse_deviation*/,
                                    float /*negative_slope*/) {
  refuse();
}

BatchNormActGradients batch_norm_act_backward_gpu(const at::Tensor& /*gradient*/,
                                                  const BatchNormActSaved& /*saved*/,
                                                  float /*negative_slope*/) {
  refuse();
}

void nesterov_sgd_gpu(const at::Tensor& /*weights*/, const at::Tensor& /*gradients*/,
                      const at::Tensor& /*momentum*/, const SgdCoefficients& /*coefficients*/,
                      const SgdExtras& /*extras*/) {
  refuse();
}

void find_not_finite_gpu(const at::Tensor& /*gradients*/, const at::Tensor& /*found*/) { refuse(); }

at::Tensor normalise_and_mix_gpu(const at::Tensor& /*pixels*/,
                                 const Normalisation& /*normalisation*/, const MixTensors& /*mix*/,
                                 at::ScalarType /*type*/) {
  refuse();
}

}  // namespace train_backbone::ops
