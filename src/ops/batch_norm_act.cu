#include "ops/batch_norm_act_backward_kernels.cuh"
#include "ops/batch_norm_act_kernels.cuh"
#include "ops/batch_norm_act_launch.h"
#include "ops/cuda_launch.cuh"

namespace train_backbone::ops {
namespace {

int size_of(Storage storage) { return storage == Storage::kFloat ? 4 : 2; }

// Blocks that sum are as many as run at once. Blocks that write are a few times more, so that the
// last ones to run leave little idle.
constexpr int kSummingBlocks = device::kBlocksTogether;
constexpr int kWritingBlocks = 12;

device::NormGrid grid_of(Storage storage, long long rows, int channels,
                         int blocks_per_multiprocessor = kSummingBlocks) {
  if (rows < 1 || channels < 1) {
    throw std::invalid_argument("batch_norm_act: images without rows or channels");
  }
  const int vector = device::norm_vector(channels, size_of(storage));
  return device::norm_grid(rows, channels, vector, size_of(storage),
                           static_cast<long long>(multiprocessors()) * blocks_per_multiprocessor);
}

dim3 blocks_of(const device::NormGrid& grid) {
  return dim3(static_cast<unsigned>(grid.blocks), static_cast<unsigned>(grid.slices));
}

template <int kValue>
struct Constant {
  static constexpr int value = kValue;
};

// Calls work with the storage type and the number of channels that a thread owns.
template <class Work>
void with_kernels(const NormLaunch& launch, const Work& work) {
  with_storage(launch.storage, [&](auto element) {
    const int vector = device::norm_vector(launch.channels, size_of(launch.storage));
    if (vector == 8) {
      // Only 16-bit storage; the fp32 kernel is never asked for.
      return work(element, Constant<device::kWord / sizeof(element)>{});
    }
    if (vector == 4) return work(element, Constant<4>{});
    if (vector == 2) return work(element, Constant<2>{});
    work(element, Constant<1>{});
  });
}

template <class T>
device::NormForward<T> arguments(const NormLaunch& launch, const NormForwardLaunch& f) {
  return {static_cast<const T*>(f.x),
          static_cast<const T*>(f.residual),
          static_cast<T*>(f.y),
          f.weight,
          f.bias,
          f.mean,
          f.inverse_deviation,
          f.running_mean,
          f.running_var,
          f.new_share,
          f.epsilon,
          launch.negative_slope,
          {launch.scratch, launch.counters},
          grid_of(launch.storage, launch.rows, launch.channels)};
}

template <class T>
device::NormBackward<T> arguments(const NormLaunch& launch, const NormBackwardLaunch& b) {
  return {static_cast<const T*>(b.x),
          static_cast<const T*>(b.dy),
          static_cast<const T*>(b.y),
          static_cast<T*>(b.dz),
          static_cast<T*>(b.dx),
          b.weight,
          b.bias,
          b.mean,
          b.inverse_deviation,
          b.dweight,
          b.dbias,
          launch.negative_slope,
          {launch.scratch, launch.counters},
          grid_of(launch.storage, launch.rows, launch.channels)};
}

template <class Arguments>
Arguments for_writing(Arguments a, const NormLaunch& launch) {
  a.grid = grid_of(launch.storage, launch.rows, launch.channels, kWritingBlocks);
  return a;
}

template <class T, int V>
void apply(const device::NormForward<T>& summing, const NormLaunch& launch) {
  const device::NormForward<T> a = for_writing(summing, launch);
  const dim3 blocks = blocks_of(a.grid);
  const CudaStream stream = launch.stream;
  if (a.residual != nullptr) {
    device::norm_apply<T, V, true><<<blocks, device::kThreads, 0, stream>>>(a);
  } else {
    device::norm_apply<T, V, false><<<blocks, device::kThreads, 0, stream>>>(a);
  }
  check_cuda(cudaGetLastError(), "the kernel norm_apply");
}

template <class T, int V, bool kResidual>
void backward_pass(const device::NormBackward<T>& a, const NormLaunch& launch) {
  const CudaStream stream = launch.stream;
  device::norm_gradient_sums<T, V, kResidual>
      <<<blocks_of(a.grid), device::kThreads, 0, stream>>>(a);
  check_cuda(cudaGetLastError(), "the kernel norm_gradient_sums");
  const device::NormBackward<T> writing = for_writing(a, launch);
  device::norm_input_gradient<T, V, kResidual>
      <<<blocks_of(writing.grid), device::kThreads, 0, stream>>>(writing);
  check_cuda(cudaGetLastError(), "the kernel norm_input_gradient");
}

}  // namespace

long long norm_scratch_size(Storage storage, long long rows, int channels) {
  return device::norm_scratch_floats(grid_of(storage, rows, channels));
}

int norm_counter_count(Storage storage, int channels) {
  const int vector = device::norm_vector(channels, size_of(storage));
  return device::norm_grid(1, channels, vector, size_of(storage), 1).slices;
}

void launch_norm_forward(const NormLaunch& launch, const NormForwardLaunch& forward) {
  if (launch.rows < 2) {
    throw std::invalid_argument("batch_norm_act: training needs more than one value per channel");
  }
  with_kernels(launch, [&](auto element, auto vector) {
    using T = decltype(element);
    constexpr int kVector = decltype(vector)::value;
    const device::NormForward<T> a = arguments<T>(launch, forward);
    device::norm_statistics<T, kVector>
        <<<blocks_of(a.grid), device::kThreads, 0, launch.stream>>>(a);
    check_cuda(cudaGetLastError(), "the kernel norm_statistics");
    apply<T, kVector>(a, launch);
  });
}

void launch_norm_apply(const NormLaunch& launch, const NormForwardLaunch& forward) {
  with_kernels(launch, [&](auto element, auto vector) {
    using T = decltype(element);
    apply<T, decltype(vector)::value>(arguments<T>(launch, forward), launch);
  });
}

void launch_norm_backward(const NormLaunch& launch, const NormBackwardLaunch& backward) {
  if ((backward.y == nullptr) != (backward.dz == nullptr)) {
    throw std::invalid_argument("batch_norm_act: y and dz are there together or not at all");
  }
  with_kernels(launch, [&](auto element, auto vector) {
    using T = decltype(element);
    constexpr int kVector = decltype(vector)::value;
    const device::NormBackward<T> a = arguments<T>(launch, backward);
    if (backward.y != nullptr) {
      backward_pass<T, kVector, true>(a, launch);
    } else {
      backward_pass<T, kVector, false>(a, launch);
    }
  });
}

}  // namespace train_backbone::ops
