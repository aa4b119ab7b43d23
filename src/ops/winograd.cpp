#include "train_backbone/ops/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <stdexcept>
#include <string>

#include "ops/parallel.h"
#include "ops/simd.h"
#include "ops/winograd_cpu.h"
#include "ops/winograd_shares.h"

namespace train_backbone::ops {
namespace {

constexpr auto kLayout = at::MemoryFormat::ChannelsLast;
constexpr int64_t kWindow = 3;
// A part with fewer tiles takes longer to read the windows than to compute with them.
constexpr int64_t kLeastTiles = 48;
// Each part of the weight's gradient is written, read and added for itself.
constexpr int64_t kLeastTilesOfGradient = 512;

bool is_image(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.dim() == 4 && tensor.scalar_type() == at::kFloat &&
         tensor.is_contiguous(kLayout) && tensor.numel() > 0;
}

void check(bool good, const char* what) {
  if (!good) throw std::invalid_argument(std::string("winograd: ") + what);
}

WinogradShape shape_of(const at::Tensor& images, int64_t in, int64_t out) {
  return {.pictures = images.size(0),
          .height = images.size(2),
          .width = images.size(3),
          .in = in,
          .out = out};
}

at::Tensor floats(int64_t count) { return at::empty({count}, at::kFloat); }

at::Tensor images(const WinogradShape& shape, int64_t channels) {
  return at::empty({shape.pictures, channels, shape.height, shape.width}, at::kFloat, kLayout);
}

// work(groups of channels) on all threads.
template <class Work>
void for_groups(int64_t channels, const Work& work) {
  parallel_ranges(groups_of(channels),
                  [&](int64_t begin, int64_t end) { work(Range{.begin = begin, .end = end}); });
}

// work(share, its number, memory to compute in) on all threads.
template <class Work>
void for_shares(const WinogradShares& shares, const WinogradShape& shape, const Work& work) {
  const int64_t size = winograd_workspace_size(shape.in, shape.out);
  const at::Tensor workspace = floats(size * shares.count());
  float* const memory = workspace.mutable_data_ptr<float>();
  parallel_ranges(shares.count(), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(shares.of(i), i, memory + i * size);
  });
}

at::Tensor convolved(const at::Tensor& x, const at::Tensor& windows, const WinogradShape& shape) {
  const at::Tensor y = images(shape, shape.out);
  const float* const from = x.const_data_ptr<float>();
  const float* const by = windows.const_data_ptr<float>();
  float* const to = y.mutable_data_ptr<float>();
  const WinogradShares shares(shape.tiles(), kLeastTiles, groups_of(shape.out),
                              at::get_num_threads());
  for_shares(shares, shape, [&](const WinogradShare& share, int64_t /*number*/, float* memory) {
    winograd_convolve_cpu(from, by, shape, share, memory, to);
  });
  return y;
}

}  // namespace

bool winograd_takes(const at::Tensor& input, const at::Tensor& weight) {
  return is_image(input) && is_image(weight) && weight.size(1) == input.size(1) &&
         weight.size(2) == kWindow && weight.size(3) == kWindow;
}

bool winograd_is_quicker() { return has_wide_vectors(); }

at::Tensor winograd_convolution(const at::Tensor& input, const at::Tensor& weight) {
  check(winograd_takes(input, weight), "an input or a weight that is not of the kind it takes");
  const WinogradShape shape = shape_of(input, input.size(1), weight.size(0));
  const at::Tensor windows = floats(winograd_windows_size(shape.in, shape.out));
  for_groups(shape.out, [&](Range groups) {
    winograd_windows_cpu(weight.const_data_ptr<float>(), shape.in, shape.out, groups,
                         windows.mutable_data_ptr<float>());
  });
  return convolved(input, windows, shape);
}

at::Tensor winograd_input_gradient(const at::Tensor& gradient, const at::Tensor& weight) {
  check(is_image(gradient) && is_image(weight) && weight.size(0) == gradient.size(1) &&
            weight.size(2) == kWindow && weight.size(3) == kWindow,
        "a gradient or a weight that is not of the kind it takes");
  const WinogradShape shape = shape_of(gradient, weight.size(0), weight.size(1));
  const at::Tensor windows = floats(winograd_windows_size(shape.in, shape.out));
  for_groups(shape.out, [&](Range groups) {
    winograd_turned_windows_cpu(weight.const_data_ptr<float>(), shape.out, shape.in, groups,
                                windows.mutable_data_ptr<float>());
  });
  return convolved(gradient, windows, shape);
}

at::Tensor winograd_weight_gradient(const at::Tensor& gradient, const at::Tensor& input) {
  check(is_image(gradient) && is_image(input) && gradient.size(0) == input.size(0) &&
            gradient.size(2) == input.size(2) && gradient.size(3) == input.size(3),
        "a gradient or an input that is not of the kind it takes");
  const WinogradShape shape = shape_of(input, input.size(1), gradient.size(1));
  const WinogradShares shares(shape.tiles(), kLeastTilesOfGradient, groups_of(shape.in),
                              at::get_num_threads());
  const int64_t size = winograd_sums_size(shape.in, shape.out);
  const at::Tensor sums = floats(shares.parts() * size);
  for_shares(shares, shape, [&](const WinogradShare& share, int64_t number, float* memory) {
    winograd_gradient_sums_cpu(input.const_data_ptr<float>(), gradient.const_data_ptr<float>(),
                               shape, share, memory,
                               sums.mutable_data_ptr<float>() + shares.part_of(number) * size);
  });
  const at::Tensor result = at::empty({shape.out, shape.in, kWindow, kWindow}, at::kFloat, kLayout);
  parallel_ranges(shape.out, [&](int64_t begin, int64_t end) {
    winograd_weight_gradient_cpu(sums.const_data_ptr<float>(), shares.parts(), shape.in, shape.out,
                                 {.begin = begin, .end = end}, result.mutable_data_ptr<float>());
  });
  return result;
}

}  // namespace train_backbone::ops
