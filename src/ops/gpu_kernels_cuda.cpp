#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdint>

#include "ops/batch_norm_act_launch.h"
#include "ops/gpu_kernels.h"
#include "ops/input_transform_launch.h"
#include "ops/sgd_launch.h"

namespace train_backbone::ops {
namespace {

constexpr uintptr_t kWord = 16;  // bytes that a kernel reads at once, and where memory must begin

Storage storage_of(at::ScalarType type) {
  if (type == at::kHalf) return Storage::kHalf;
  return type == at::kBFloat16 ? Storage::kBfloat16 : Storage::kFloat;
}

CudaStream stream_of(const at::Tensor& tensor) {
  return c10::cuda::getCurrentCUDAStream(tensor.device().index()).stream();
}

// Nearly always the tensor itself; a part of a batch may begin anywhere.
at::Tensor at_word(const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  return reinterpret_cast<uintptr_t>(tensor.const_data_ptr()) % kWord == 0 ? tensor
                                                                           : tensor.clone();
}

at::Tensor image_at_word(const at::Tensor& image) {
  return image.defined() ? at_word(image.contiguous(at::MemoryFormat::ChannelsLast)) : image;
}

at::Tensor image_like(const at::Tensor& image) {
  return at::empty(image.sizes(), image.options(), at::MemoryFormat::ChannelsLast);
}

at::Tensor floats(int64_t count, const at::Tensor& like) {
  return at::empty({count}, like.options().dtype(at::kFloat).memory_format(at::nullopt));
}

const void* data_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr() : nullptr;
}

const float* float_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

// A layer's launch and the memory that its kernels need on the way. Memory that goes back to the
// allocator before the kernels have run is safe: the next user of it runs on the same stream.
struct NormWork {
  NormWork(const at::Tensor& image, float negative_slope) {
    launch.storage = storage_of(image.scalar_type());
    launch.channels = static_cast<int>(image.size(1));
    launch.rows = image.numel() / image.size(1);
    launch.negative_slope = negative_slope;
    launch.stream = stream_of(image);
  }
  void take_scratch(const at::Tensor& image) {
    scratch = floats(norm_scratch_size(launch.storage, launch.rows, launch.channels), image);
    counters = at::zeros({norm_counter_count(launch.storage, launch.channels)},
                         at::dtype(at::kInt).device(image.device()));
    launch.scratch = scratch.mutable_data_ptr<float>();
    launch.counters = reinterpret_cast<unsigned*>(counters.mutable_data_ptr<int>());
  }

  NormLaunch launch;
  at::Tensor scratch;
  at::Tensor counters;
};

}  // namespace

bool has_gpu_kernels() { return true; }

BatchNormActOutput batch_norm_act_forward_gpu(const at::Tensor& input, const at::Tensor& residual,
                                              const BatchNormActParameters& parameters,
                                              const at::Tensor& running_mean,
                                              const at::Tensor& running_var,
                                              const BatchNormActSettings& settings) {
  const c10::cuda::CUDAGuard guard(input.device());
  const at::Tensor x = image_at_word(input);
  const at::Tensor added = image_at_word(residual);
  const at::Tensor weight = at_word(parameters.weight);
  const at::Tensor bias = at_word(parameters.bias);
  BatchNormActOutput result{.output = image_like(x),
                            .mean = floats(x.size(1), x),
                            .inverse_deviation = floats(x.size(1), x)};
  NormWork work(x, settings.negative_slope);
  work.take_scratch(x);
  launch_norm_forward(work.launch,
                      {.x = data_of(x),
                       .residual = data_of(added),
                       .y = result.output.mutable_data_ptr(),
                       .weight = float_of(weight),
                       .bias = float_of(bias),
                       .mean = result.mean.mutable_data_ptr<float>(),
                       .inverse_deviation = result.inverse_deviation.mutable_data_ptr<float>(),
                       .running_mean = running_mean.mutable_data_ptr<float>(),
                       .running_var = running_var.mutable_data_ptr<float>(),
                       .new_share = static_cast<float>(settings.new_share),
                       .epsilon = static_cast<float>(settings.epsilon)});
  return result;
}

at::Tensor batch_norm_act_apply_gpu(const at::Tensor& input, const at::Tensor& residual,
                                    const BatchNormActParameters& parameters,
                                    const at::Tensor& mean, const at::Tensor& inverse_deviation,
                                    float negative_slope) {
  const c10::cuda::CUDAGuard guard(input.device());
  const at::Tensor x = image_at_word(input);
  const at::Tensor added = image_at_word(residual);
  const at::Tensor weight = at_word(parameters.weight);
  const at::Tensor bias = at_word(parameters.bias);
  const at::Tensor means = at_word(mean);
  const at::Tensor inverses = at_word(inverse_deviation);
  at::Tensor output = image_like(x);
  const NormWork work(x, negative_slope);
  NormForwardLaunch forward;
  forward.x = data_of(x);
  forward.residual = data_of(added);
  forward.y = output.mutable_data_ptr();
  forward.weight = float_of(weight);
  forward.bias = float_of(bias);
  // Only read by this pass.
  forward.mean = const_cast<float*>(float_of(means));
  forward.inverse_deviation = const_cast<float*>(float_of(inverses));
  launch_norm_apply(work.launch, forward);
  return output;
}

BatchNormActGradients batch_norm_act_backward_gpu(const at::Tensor& gradient,
                                                  const BatchNormActSaved& saved,
                                                  float negative_slope) {
  const c10::cuda::CUDAGuard guard(saved.input.device());
  const at::Tensor x = image_at_word(saved.input);
  const at::Tensor dy = image_at_word(gradient);
  const at::Tensor weight = at_word(saved.weight);
  const at::Tensor bias = at_word(saved.bias);
  const bool masked = saved.output.defined() && negative_slope != 1.0F;
  const at::Tensor y = masked ? image_at_word(saved.output) : at::Tensor();
  BatchNormActGradients result{.input = image_like(x),
                               .weight = floats(x.size(1), x),
                               .bias = floats(x.size(1), x),
                               .residual = masked                   ? image_like(x)
                                           : saved.output.defined() ? dy
                                                                    : at::Tensor()};
  NormWork work(x, negative_slope);
  work.take_scratch(x);
  launch_norm_backward(work.launch, {.x = data_of(x),
                                     .dy = data_of(dy),
                                     .y = data_of(y),
                                     .dz = masked ? result.residual.mutable_data_ptr() : nullptr,
                                     .dx = result.input.mutable_data_ptr(),
                                     .weight = float_of(weight),
                                     .bias = float_of(bias),
                                     .mean = float_of(saved.mean),
                                     .inverse_deviation = float_of(saved.inverse_deviation),
                                     .dweight = result.weight.mutable_data_ptr<float>(),
                                     .dbias = result.bias.mutable_data_ptr<float>()});
  return result;
}

void nesterov_sgd_gpu(const at::Tensor& weights, const at::Tensor& gradients,
                      const at::Tensor& momentum, const SgdCoefficients& coefficients,
                      const SgdExtras& extras) {
  const c10::cuda::CUDAGuard guard(weights.device());
  const SgdSegmentLaunch all{.end = weights.numel(),
                             .weight_decay = static_cast<float>(coefficients.weight_decay),
                             .rate_factor = static_cast<float>(coefficients.learning_rate)};
  SgdLaunch launch;
  launch.weights = weights.mutable_data_ptr<float>();
  launch.momentum = momentum.mutable_data_ptr<float>();
  launch.gradients = data_of(gradients);
  launch.gradient_storage = storage_of(gradients.scalar_type());
  if (extras.copy.defined()) {
    launch.copy = extras.copy.mutable_data_ptr();
    launch.copy_storage = storage_of(extras.copy.scalar_type());
  }
  launch.momentum_factor = static_cast<float>(coefficients.momentum);
  launch.learning_rate = float_of(extras.learning_rate);
  launch.inverse_scale = float_of(extras.inverse_scale);
  launch.skip = float_of(extras.skip);
  launch.segments = &all;
  launch.segment_count = 1;
  launch.stream = stream_of(weights);
  launch_sgd_update(launch);
}

void find_not_finite_gpu(const at::Tensor& gradients, const at::Tensor& found) {
  const c10::cuda::CUDAGuard guard(gradients.device());
  found.zero_();
  launch_sgd_check(data_of(gradients), storage_of(gradients.scalar_type()), gradients.numel(),
                   found.mutable_data_ptr<float>(), stream_of(gradients));
}

at::Tensor normalise_and_mix_gpu(const at::Tensor& pixels, const Normalisation& normalisation,
                                 const MixTensors& mix, at::ScalarType type) {
  const c10::cuda::CUDAGuard guard(pixels.device());
  const at::Tensor bytes = pixels.contiguous();
  at::Tensor images = at::empty({bytes.size(0), 3, bytes.size(1), bytes.size(2)},
                                bytes.options().dtype(type), at::MemoryFormat::ChannelsLast);
  InputTransformLaunch launch;
  launch.pixels = bytes.const_data_ptr<uint8_t>();
  launch.samples = static_cast<int>(bytes.size(0));
  launch.pixels_per_sample = bytes.size(1) * bytes.size(2);
  static_assert(sizeof(long long) == sizeof(int64_t));
  launch.partners = static_cast<const long long*>(data_of(mix.partner));
  launch.weights = float_of(mix.weight);
  for (size_t c = 0; c < 3; ++c) {
    launch.mean[c] = normalisation.mean[c];
    launch.deviation[c] = normalisation.deviation[c];
  }
  launch.images = images.mutable_data_ptr();
  launch.storage = storage_of(type);
  launch.stream = stream_of(bytes);
  launch_input_transform(launch);
  return images;
}

}  // namespace train_backbone::ops
