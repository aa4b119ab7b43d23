// Convolutions of 3x3 windows with stride 1 on the CPU against LibTorch's own (oneDNN), in turns:
// the output, the input's gradient and the weight's, one line per shape, with the ratio of the
// median times (above 1: faster than LibTorch).
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/randn.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "tests/bench/timing.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/winograd.h"

namespace {

namespace ops = train_backbone::ops;
using train_backbone::bench::median;
using train_backbone::bench::seconds;

struct Shape {
  int64_t pictures;
  int64_t in;
  int64_t out;
  int64_t side;
};
// ResNet-50 at 224 px, batch 16, and at 32 px, batch 64; the stem of V1c; HRNet-W18C and W32C and
// DarkNet53 at 224 px, batch 8.
constexpr Shape kShapes[] = {
    {16, 64, 64, 56},  {16, 128, 128, 28}, {16, 256, 256, 14}, {16, 512, 512, 7}, {64, 64, 64, 8},
    {64, 128, 128, 4}, {64, 256, 256, 2},  {64, 512, 512, 1},  {16, 32, 64, 112}, {8, 18, 18, 56},
    {8, 36, 36, 28},   {8, 72, 72, 14},    {8, 144, 144, 7},   {8, 32, 32, 56},   {8, 64, 64, 28},
    {8, 128, 128, 14}, {8, 256, 256, 7},   {8, 64, 128, 56},   {8, 128, 256, 28}, {8, 256, 512, 14},
    {2, 64, 64, 56},   {2, 512, 512, 7},
};

at::Tensor image(int64_t count, int64_t channels, int64_t side) {
  return at::randn({count, channels, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
}

struct Times {
  double torch;
  double own;
};

Times compare(const std::function<void()>& torch, const std::function<void()>& own, int64_t turns) {
  std::vector<double> torch_times;
  std::vector<double> own_times;
  for (int64_t i = 0; i < turns; ++i) {
    torch_times.push_back(seconds(torch));
    own_times.push_back(seconds(own));
  }
  return {median(torch_times), median(own_times)};
}

void torch_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight,
                    bool of_input) {
  const std::array<int64_t, 1> no_bias{0};
  const std::array<int64_t, 2> one{1, 1};
  const std::array<int64_t, 2> zero{0, 0};
  at::convolution_backward(dy, x, weight, no_bias, one, one, one, false, zero, 1,
                           {of_input, !of_input, false});
}

}  // namespace

// Arguments: threads (2), repetitions (9).
int main(int argc, char** argv) {
  const auto argument = [&](int place, int64_t otherwise) {
    return argc > place ? std::atoll(argv[place]) : otherwise;
  };
  ops::DeviceOptions device;
  device.compute_threads = argument(1, 2);
  ops::set_up_device(device);
  for (const Shape& shape : kShapes) {
    const at::Tensor x = image(shape.pictures, shape.in, shape.side);
    const at::Tensor dy = image(shape.pictures, shape.out, shape.side);
    const at::Tensor weight = image(shape.out, shape.in, 3);
    const std::array all{compare([&] { at::conv2d(x, weight, {}, 1, 1); },
                                 [&] { ops::winograd_convolution(x, weight); }, argument(2, 9)),
                         compare([&] { torch_backward(dy, x, weight, true); },
                                 [&] { ops::winograd_input_gradient(dy, weight); }, argument(2, 9)),
                         compare([&] { torch_backward(dy, x, weight, false); },
                                 [&] { ops::winograd_weight_gradient(dy, x); }, argument(2, 9))};
    std::printf("%2ld x %3ld to %3ld, %3ld px:", static_cast<long>(shape.pictures),
                static_cast<long>(shape.in), static_cast<long>(shape.out),
                static_cast<long>(shape.side));
    double torch = 0;
    double own = 0;
    for (const Times& times : all) {
      std::printf("  %7.2f / %7.2f ms = %.2f", times.torch * 1e3, times.own * 1e3,
                  times.torch / times.own);
      torch += times.torch;
      own += times.own;
    }
    std::printf("  together %.2f\n", torch / own);
    std::fflush(stdout);
  }
  return 0;
}
