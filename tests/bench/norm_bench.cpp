// Batch normalisation with activation and residual on the CPU against torch's own operations,
// forward and backward, in turns: one line per shape of ResNet-50 at 224 px, with the ratio of the
// median times (above 1: faster than torch).
#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/bench/timing.h"
#include "train_backbone/ops/batch_norm_act.h"
#include "train_backbone/ops/device.h"

namespace {

namespace ops = train_backbone::ops;
using train_backbone::bench::median;
using train_backbone::bench::seconds;

struct Shape {
  int64_t channels;
  int64_t side;
  bool residual;
};
constexpr Shape kShapes[] = {{64, 112, false}, {64, 56, false}, {256, 56, true},
                             {128, 28, false}, {512, 28, true}, {256, 14, false},
                             {1024, 14, true}, {512, 7, false}, {2048, 7, true}};

struct Layer {
  Layer(int64_t batch, const Shape& shape)
      : x(image(batch, shape)),
        dy(image(batch, shape)),
        weight(at::ones({shape.channels})),
        bias(at::zeros({shape.channels})),
        mean(at::zeros({shape.channels})),
        variance(at::ones({shape.channels})) {
    if (shape.residual) residual = image(batch, shape);
  }

  static at::Tensor image(int64_t batch, const Shape& shape) {
    return at::randn({batch, shape.channels, shape.side, shape.side})
        .contiguous(at::MemoryFormat::ChannelsLast);
  }

  void torch_step() {
    auto [y, batch_mean, inverse] =
        at::native_batch_norm(x, weight, bias, mean, variance, true, 0.1, 1e-5);
    if (residual.defined()) y.add_(residual);
    at::relu_(y);
    const at::Tensor dz = at::threshold_backward(dy, y, 0);
    at::native_batch_norm_backward(dz, x, weight, mean, variance, batch_mean, inverse, true, 1e-5,
                                   {true, true, true});
  }

  void own_step() {
    const auto result = ops::batch_norm_act_forward(x, residual, {weight, bias}, mean, variance,
                                                    {.negative_slope = 0});
    ops::batch_norm_act_backward(dy,
                                 {.input = x,
                                  .output = residual.defined() ? result.output : at::Tensor(),
                                  .weight = weight,
                                  .bias = bias,
                                  .mean = result.mean,
                                  .inverse_deviation = result.inverse_deviation},
                                 0);
  }

  at::Tensor x, dy, residual, weight, bias, mean, variance;
};

}  // namespace

// Arguments: batch size (16), threads (2), repetitions (21).
int main(int argc, char** argv) {
  const auto argument = [&](int place, int64_t otherwise) {
    return argc > place ? std::atoll(argv[place]) : otherwise;
  };
  ops::DeviceOptions device;
  device.compute_threads = argument(2, 2);
  ops::set_up_device(device);
  double torch_total = 0;
  double own_total = 0;
  for (const Shape& shape : kShapes) {
    Layer layer(argument(1, 16), shape);
    std::vector<double> torch_times;
    std::vector<double> own_times;
    for (int64_t i = 0; i < argument(3, 21); ++i) {
      torch_times.push_back(seconds([&] { layer.torch_step(); }));
      own_times.push_back(seconds([&] { layer.own_step(); }));
    }
    const double torch = median(torch_times);
    const double own = median(own_times);
    torch_total += torch;
    own_total += own;
    std::printf("%5ld channels, %3ld px%s: torch %7.2f ms, own %7.2f ms, ratio %.2f\n",
                static_cast<long>(shape.channels), static_cast<long>(shape.side),
                shape.residual ? ", residual" : "", torch * 1e3, own * 1e3, torch / own);
  }
  std::printf("together: ratio %.2f\n", torch_total / own_total);
  return 0;
}
