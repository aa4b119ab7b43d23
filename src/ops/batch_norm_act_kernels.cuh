#pragma once

// Device code of batch_norm_act.h, forward: the same formulas on rows [rows, channels] of NHWC
// images. First norm_statistics, then norm_apply. T is the storage of images, V the channels that a
// thread owns: it reads V elements at once. Sums are fp32 per thread, merged in a fixed order: the
// same bits in every run on the same grid.
#include "ops/batch_norm_act_grid.cuh"
#include "ops/device_code.cuh"

namespace train_backbone::ops::device {

template <class T>
struct NormForward {
  const T* x;
  const T* residual;  // or null
  T* y;
  const float* weight;
  const float* bias;
  float* mean;
  float* inverse_deviation;
  float* running_mean;
  float* running_var;
  float new_share;
  float epsilon;
  float negative_slope;
  NormScratch scratch;
  NormGrid grid;
};

// Welford's mean and sum of squared distances, merged as Chan, Golub and LeVeque do.
struct Moments {
  float count;
  float mean;
  float squares;

  inline __device__ void merge(float other_count, float other_mean, float other_squares) {
    if (other_count == 0) return;
    const float total = count + other_count;
    const float distance = other_mean - mean;
    const float share = other_count / total;
    mean += distance * share;
    squares += other_squares + distance * distance * count * share;
    count = total;
  }
};

// Merges the lines of a block into line 0, by halves.
template <int V>
inline __device__ void fold_moments(const NormGrid& grid, const NormPlace& place,
                                    NormExchange<V>& exchange, Moments (&own)[V]) {
  const int thread = static_cast<int>(threadIdx.x);
  for (int lines = grid.height; lines > 1; lines = (lines + 1) / 2) {
    const int half = (lines + 1) / 2;
    if (place.line >= half && place.line < lines) {
      exchange.count[thread] = own[0].count;
      TB_UNROLL
      for (int i = 0; i < V; ++i) {
        exchange.first[i][thread] = own[i].mean;
        exchange.second[i][thread] = own[i].squares;
      }
    }
    __syncthreads();
    if (place.line < lines - half) {
      const int other = thread + half * grid.width;
      TB_UNROLL
      for (int i = 0; i < V; ++i) {
        own[i].merge(exchange.count[other], exchange.first[i][other], exchange.second[i][other]);
      }
    }
    __syncthreads();
  }
}

// The moments of all rows from those of the blocks, in the threads with part 0.
template <int V>
inline __device__ Moments merge_moments(const NormGrid& grid, const NormMergePlace& place,
                                        const NormScratch& scratch, NormExchange<V>& exchange) {
  const int thread = static_cast<int>(threadIdx.x);
  Moments all = {0, 0, 0};
  if (place.active) {
    for (int block = place.part; block < grid.blocks; block += place.parts) {
      all.merge(rows_of_block(grid, block), scratch.first(grid, block)[place.channel],
                scratch.second(grid, block)[place.channel]);
    }
  }
  exchange.count[thread] = all.count;
  exchange.first[0][thread] = all.mean;
  exchange.second[0][thread] = all.squares;
  __syncthreads();
  for (int part = 1; place.active && place.part == 0 && part < place.parts; ++part) {
    const int other = thread + part * place.span;
    all.merge(exchange.count[other], exchange.first[0][other], exchange.second[0][other]);
  }
  return all;
}

// Moments of the rows of one thread.
template <class T, int V>
inline __device__ void own_moments(const NormForward<T>& a, const NormPlace& place,
                                   Moments (&own)[V]) {
  float seen = 0;
  TB_UNROLL_BY(4)
  for (long long row = place.row; row < a.grid.rows; row += place.step) {
    const Pack<T, V> x = load<V>(a.x + row * a.grid.channels + place.channel);
    seen += 1;
    const float share = 1 / seen;
    TB_UNROLL
    for (int i = 0; i < V; ++i) {
      const float value = to_float(x.at[i]);
      const float distance = value - own[i].mean;
      own[i].mean += distance * share;
      own[i].squares += distance * (value - own[i].mean);
    }
  }
  TB_UNROLL
  for (int i = 0; i < V; ++i) own[i].count = seen;
}

template <class T, int V>
__global__ void __launch_bounds__(kThreads, kBlocksTogether) norm_statistics(NormForward<T> a) {
  __shared__ NormExchange<V> exchange;
  const NormPlace place = norm_place<V>(a.grid);
  Moments own[V];
  TB_UNROLL
  for (int i = 0; i < V; ++i) own[i] = {0, 0, 0};
  if (place.active) own_moments(a, place, own);
  fold_moments(a.grid, place, exchange, own);
  if (place.active && place.line == 0) {
    float mean[V];
    float squares[V];
    TB_UNROLL
    for (int i = 0; i < V; ++i) {
      mean[i] = own[i].mean;
      squares[i] = own[i].squares;
    }
    store_elements(a.scratch.first(a.grid, blockIdx.x) + place.channel, mean);
    store_elements(a.scratch.second(a.grid, blockIdx.x) + place.channel, squares);
  }
  if (!last_of_slice(a.scratch, a.grid)) return;

  const NormMergePlace merge = norm_merge_place<V>(a.grid);
  const Moments all = merge_moments(a.grid, merge, a.scratch, exchange);
  if (!merge.active || merge.part != 0) return;
  const int c = merge.channel;
  const float share = a.new_share;
  a.mean[c] = all.mean;
  a.inverse_deviation[c] = 1 / sqrtf(all.squares / all.count + a.epsilon);
  a.running_mean[c] = (1 - share) * a.running_mean[c] + share * all.mean;
  a.running_var[c] = (1 - share) * a.running_var[c] + share * (all.squares / (all.count - 1));
}

template <class T, int V>
inline __device__ Pack<T, V> norm_output(const Pack<T, V>& x, const Pack<T, V>* residual,
                                         const NormChannels<V>& c, float slope) {
  Pack<T, V> y;
  TB_UNROLL
  for (int i = 0; i < V; ++i) {
    float v = norm_affine(to_float(x.at[i]) - c.mean[i], c.scale[i], c.bias[i]);
    if (residual != nullptr) v += to_float(residual->at[i]);
    assign(y.at[i], norm_activated(v, v, slope));
  }
  return y;
}

// Rows from the last to the first: what norm_statistics read last is still in the cache.
template <class T, int V, bool kResidual>
__global__ void __launch_bounds__(kThreads, kBlocksTogether) norm_apply(NormForward<T> a) {
  const NormPlace place = norm_place<V>(a.grid);
  if (!place.active) return;
  const NormChannels<V> c = norm_channels<V>(a, place.channel);
  for (long long row = last_row(place, a.grid); row >= 0; row -= 2 * place.step) {
    // Two rows at once: both are on their way before the first is needed.
    const bool two = row >= place.step;
    const long long first = row * a.grid.channels + place.channel;
    const long long second = two ? first - place.step * a.grid.channels : first;
    const Pack<T, V> x0 = load<V>(a.x + first);
    const Pack<T, V> x1 = load<V>(a.x + second);
    Pack<T, V> r0;
    Pack<T, V> r1;
    if (kResidual) {
      r0 = load<V>(a.residual + first);
      r1 = load<V>(a.residual + second);
    }
    store(a.y + first, norm_output(x0, kResidual ? &r0 : nullptr, c, a.negative_slope));
    if (two) store(a.y + second, norm_output(x1, kResidual ? &r1 : nullptr, c, a.negative_slope));
  }
}

}  // namespace train_backbone::ops::device
