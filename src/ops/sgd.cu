#include "ops/cuda_launch.cuh"
#include "ops/sgd_kernels.cuh"
#include "ops/sgd_launch.h"

namespace train_backbone::ops {
namespace {

unsigned blocks_for(long long count) {
  constexpr long long kElements = static_cast<long long>(device::kThreads) * device::kSgdVector;
  return static_cast<unsigned>((count + kElements - 1) / kElements);
}

void check(const SgdLaunch& launch) {
  bool good = launch.segment_count >= 1 && launch.segment_count <= device::kMostSgdSegments;
  for (int i = 0; good && i + 1 < launch.segment_count; ++i) {
    good = launch.segments[i].end % device::kSgdVector == 0;
  }
  if (!good) {
    throw std::invalid_argument(
        "nesterov_sgd: one to eight segments that end at multiples of 8 elements are needed");
  }
}

template <class G, class C>
device::SgdUpdate<G, C> arguments(const SgdLaunch& launch) {
  device::SgdUpdate<G, C> a = {launch.weights,
                               static_cast<const G*>(launch.gradients),
                               launch.momentum,
                               static_cast<C*>(launch.copy),
                               launch.segments[launch.segment_count - 1].end,
                               launch.momentum_factor,
                               launch.learning_rate,
                               launch.inverse_scale,
                               launch.skip,
                               launch.segment_count,
                               {}};
  for (int i = 0; i < launch.segment_count; ++i) {
    const SgdSegmentLaunch& segment = launch.segments[i];
    a.segments[i] = {segment.end, segment.weight_decay, segment.rate_factor};
  }
  return a;
}

}  // namespace

void launch_sgd_update(const SgdLaunch& launch) {
  check(launch);
  with_storage(launch.gradient_storage, [&](auto gradient) {
    with_storage(launch.copy_storage, [&](auto copy) {
      const auto a = arguments<decltype(gradient), decltype(copy)>(launch);
      if (a.count == 0) return;
      device::sgd_update<<<blocks_for(a.count), device::kThreads, 0, launch.stream>>>(a);
    });
  });
  check_cuda(cudaGetLastError(), "the kernel sgd_update");
}

void launch_sgd_check(const void* gradients, Storage storage, long long count, float* found,
                      CudaStream stream) {
  if (count == 0) return;
  with_storage(storage, [&](auto gradient) {
    using G = decltype(gradient);
    const device::SgdCheck<G> a = {static_cast<const G*>(gradients), count, found};
    device::sgd_check<<<blocks_for(count), device::kThreads, 0, stream>>>(a);
  });
  check_cuda(cudaGetLastError(), "the kernel sgd_check");
}

}  // namespace train_backbone::ops
