#include <cstdint>

#include "ops/cuda_launch.cuh"
#include "ops/input_transform_kernels.cuh"
#include "ops/input_transform_launch.h"

namespace train_backbone::ops {
namespace {

bool in_words(const InputTransformLaunch& launch) {
  const auto begins_word = [](const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory) % device::kWord == 0;
  };
  return launch.pixels_per_sample % device::kWord == 0 && begins_word(launch.pixels) &&
         begins_word(launch.images);
}

template <class T, int kChannels>
void run(const InputTransformLaunch& launch) {
  device::InputTransform<T> a = {launch.pixels,
                                 launch.partners,
                                 launch.weights,
                                 static_cast<T*>(launch.images),
                                 launch.pixels_per_sample,
                                 {},
                                 {}};
  for (int c = 0; c < device::kColours; ++c) {
    a.mean[c] = launch.mean[c];
    a.scale[c] = 1 / launch.deviation[c];
  }
  const long long tiles =
      (launch.pixels_per_sample + device::kTilePixels - 1) / device::kTilePixels;
  const dim3 blocks(static_cast<unsigned>(tiles), static_cast<unsigned>(launch.samples));
  if (in_words(launch)) {
    device::input_transform<T, kChannels, true><<<blocks, device::kThreads, 0, launch.stream>>>(a);
  } else {
    device::input_transform<T, kChannels, false><<<blocks, device::kThreads, 0, launch.stream>>>(a);
  }
}

}  // namespace

void launch_input_transform(const InputTransformLaunch& launch) {
  if (launch.channels != 3 && launch.channels != 4 && launch.channels != 8) {
    throw std::invalid_argument("normalise_and_mix: images have 3, 4 or 8 channels");
  }
  if (launch.samples == 0 || launch.pixels_per_sample == 0) return;
  with_storage(launch.storage, [&](auto element) {
    using T = decltype(element);
    if (launch.channels == 3) return run<T, 3>(launch);
    if (launch.channels == 4) return run<T, 4>(launch);
    run<T, 8>(launch);
  });
  check_cuda(cudaGetLastError(), "the kernel input_transform");
}

}  // namespace train_backbone::ops
