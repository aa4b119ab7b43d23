// Every kernel with the types that the program uses, for compilers that see device code alone.
#include "ops/batch_norm_act_backward_kernels.cuh"
#include "ops/batch_norm_act_kernels.cuh"
#include "ops/input_transform_kernels.cuh"
#include "ops/sgd_kernels.cuh"

namespace train_backbone::ops::device {

#define TB_NORM(T, V)                                                         \
  template __global__ void norm_statistics<T, V>(NormForward<T>);             \
  template __global__ void norm_apply<T, V, false>(NormForward<T>);           \
  template __global__ void norm_apply<T, V, true>(NormForward<T>);            \
  template __global__ void norm_gradient_sums<T, V, false>(NormBackward<T>);  \
  template __global__ void norm_gradient_sums<T, V, true>(NormBackward<T>);   \
  template __global__ void norm_input_gradient<T, V, false>(NormBackward<T>); \
  template __global__ void norm_input_gradient<T, V, true>(NormBackward<T>);
TB_NORM(Half, 8)
TB_NORM(Half, 2)
TB_NORM(Bfloat16, 8)
TB_NORM(Bfloat16, 1)
TB_NORM(float, 4)

#define TB_SGD(G, C) template __global__ void sgd_update<G, C>(SgdUpdate<G, C>);
TB_SGD(Half, Half)
TB_SGD(Bfloat16, Bfloat16)
TB_SGD(float, float)
template __global__ void sgd_check<Half>(SgdCheck<Half>);
template __global__ void sgd_check<float>(SgdCheck<float>);

#define TB_INPUT(T, C)                                                      \
  template __global__ void input_transform<T, C, false>(InputTransform<T>); \
  template __global__ void input_transform<T, C, true>(InputTransform<T>);
TB_INPUT(Half, 4)
TB_INPUT(Bfloat16, 8)
TB_INPUT(float, 3)

}  // namespace train_backbone::ops::device
