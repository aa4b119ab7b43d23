#pragma once

// Device code of batch_norm_act.h, backward: first norm_gradient_sums, then norm_input_gradient. T
// and V as forward.
#include "ops/batch_norm_act_grid.cuh"
#include "ops/device_code.cuh"

namespace train_backbone::ops::device {

template <class T>
struct NormBackward {
  const T* x;
  const T* dy;
  const T* y;  // with dz, or null: the sign of the output then comes from x
  T* dz;       // the residual's gradient
  T* dx;
  const float* weight;
  const float* bias;
  const float* mean;
  const float* inverse_deviation;
  float* dweight;
  float* dbias;
  float negative_slope;
  NormScratch scratch;
  NormGrid grid;
};

// dz of one row; with a residual the sign is y's, else that which storage makes of y.
template <class T, int V, bool kResidual>
inline __device__ void norm_masked(const Pack<T, V>& x, const Pack<T, V>& dy, const Pack<T, V>& y,
                                   const NormChannels<V>& c, float slope, float (&centred)[V],
                                   float (&dz)[V]) {
  TB_UNROLL
  for (int i = 0; i < V; ++i) {
    centred[i] = to_float(x.at[i]) - c.mean[i];
    float sign;
    if (kResidual) {
      sign = to_float(y.at[i]);
    } else {
      sign = rounded<T>(norm_affine(centred[i], c.scale[i], c.bias[i]));
    }
    dz[i] = norm_activated(sign, to_float(dy.at[i]), slope);
  }
}

// Sums of the rows of one thread. kResidual: y is there, and dz is written.
template <class T, int V, bool kResidual>
inline __device__ void own_gradient_sums(const NormBackward<T>& a, const NormPlace& place,
                                         float (&sum)[V], float (&product)[V]) {
  const NormChannels<V> c = norm_channels<V>(a, place.channel);
  TB_UNROLL_BY(2)
  for (long long row = place.row; row < a.grid.rows; row += place.step) {
    const long long at = row * a.grid.channels + place.channel;
    const Pack<T, V> x = load<V>(a.x + at);
    const Pack<T, V> dy = load<V>(a.dy + at);
    const Pack<T, V> y = kResidual ? load<V>(a.y + at) : x;
    float centred[V];
    float dz[V];
    norm_masked<T, V, kResidual>(x, dy, y, c, a.negative_slope, centred, dz);
    Pack<T, V> kept;
    TB_UNROLL
    for (int i = 0; i < V; ++i) {
      sum[i] += dz[i];
      product[i] += dz[i] * centred[i];
      assign(kept.at[i], dz[i]);
    }
    if (kResidual) store(a.dz + at, kept);
  }
}

// Adds the lines of a block up in line 0, by halves.
template <int V>
inline __device__ void fold_sums(const NormGrid& grid, const NormPlace& place,
                                 NormExchange<V>& exchange, float (&sum)[V], float (&product)[V]) {
  const int thread = static_cast<int>(threadIdx.x);
  for (int lines = grid.height; lines > 1; lines = (lines + 1) / 2) {
    const int half = (lines + 1) / 2;
    if (place.line >= half && place.line < lines) {
      TB_UNROLL
      for (int i = 0; i < V; ++i) {
        exchange.first[i][thread] = sum[i];
        exchange.second[i][thread] = product[i];
      }
    }
    __syncthreads();
    if (place.line < lines - half) {
      const int other = thread + half * grid.width;
      TB_UNROLL
      for (int i = 0; i < V; ++i) {
        sum[i] += exchange.first[i][other];
        product[i] += exchange.second[i][other];
      }
    }
    __syncthreads();
  }
}

template <class T, int V, bool kResidual>
__global__ void __launch_bounds__(kThreads, kBlocksTogether) norm_gradient_sums(NormBackward<T> a) {
  __shared__ NormExchange<V> exchange;
  const int thread = static_cast<int>(threadIdx.x);
  const NormPlace place = norm_place<V>(a.grid);
  float sum[V];
  float product[V];
  TB_UNROLL
  for (int i = 0; i < V; ++i) sum[i] = product[i] = 0;
  if (place.active) own_gradient_sums<T, V, kResidual>(a, place, sum, product);
  fold_sums(a.grid, place, exchange, sum, product);
  if (place.active && place.line == 0) {
    store_elements(a.scratch.first(a.grid, blockIdx.x) + place.channel, sum);
    store_elements(a.scratch.second(a.grid, blockIdx.x) + place.channel, product);
  }
  if (!last_of_slice(a.scratch, a.grid)) return;

  const NormMergePlace merge = norm_merge_place<V>(a.grid);
  float all_sum = 0;
  float all_product = 0;
  for (int block = merge.part; merge.active && block < a.grid.blocks; block += merge.parts) {
    all_sum += a.scratch.first(a.grid, block)[merge.channel];
    all_product += a.scratch.second(a.grid, block)[merge.channel];
  }
  exchange.first[0][thread] = all_sum;
  exchange.second[0][thread] = all_product;
  __syncthreads();
  if (!merge.active || merge.part != 0) return;
  for (int part = 1; part < merge.parts; ++part) {
    all_sum += exchange.first[0][thread + part * merge.span];
    all_product += exchange.second[0][thread + part * merge.span];
  }
  a.dbias[merge.channel] = all_sum;
  a.dweight[merge.channel] = all_product * a.inverse_deviation[merge.channel];
}

// dx = scale * (dz - dbias / n - (x - mean) * inverse_deviation * dweight / n). With kResidual, dz
// is there already and y is not needed; the factors of 8 channels and their mask take 72 registers,
// which leaves room for three blocks.
template <class T, int V, bool kResidual>
__global__ void __launch_bounds__(kThreads, kResidual ? kBlocksTogether : 3)
    norm_input_gradient(NormBackward<T> a) {
  const NormPlace place = norm_place<V>(a.grid);
  if (!place.active) return;
  const NormChannels<V> c = norm_channels<V>(a, place.channel);
  float offset[V];
  float tilt[V];
  float inverse[V];
  load_elements(a.dbias + place.channel, offset);
  load_elements(a.dweight + place.channel, tilt);
  load_elements(a.inverse_deviation + place.channel, inverse);
  const float share = 1 / static_cast<float>(a.grid.rows);
  TB_UNROLL
  for (int i = 0; i < V; ++i) {
    offset[i] *= c.scale[i] * share;
    tilt[i] *= c.scale[i] * inverse[i] * share;
  }
  const T* const gradient = kResidual ? a.dz : a.dy;
  for (long long row = last_row(place, a.grid); row >= 0; row -= place.step) {
    const long long at = row * a.grid.channels + place.channel;
    const Pack<T, V> x = load<V>(a.x + at);
    const Pack<T, V> dy = load<V>(gradient + at);
    float centred[V];
    float dz[V];
    norm_masked<T, V, false>(x, dy, x, c, kResidual ? 1 : a.negative_slope, centred, dz);
    Pack<T, V> dx;
    TB_UNROLL
    for (int i = 0; i < V; ++i) {
      assign(dx.at[i], fmaf(c.scale[i], dz[i], -fmaf(centred[i], tilt[i], offset[i])));
    }
    store(a.dx + at, dx);
  }
}

}  // namespace train_backbone::ops::device
