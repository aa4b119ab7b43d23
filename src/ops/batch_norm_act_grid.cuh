#pragma once

// What the kernels of batch_norm_act share: how they divide rows and channels, and the formulas
// that forward and backward must agree on.
#include "ops/device_code.cuh"

namespace train_backbone::ops::device {

// `slices` x `blocks` blocks: the packs of V channels of a row are cut into slices of `width`, and
// a block takes `height` rows of its slice at a time.
struct NormGrid {
  long long rows;
  int channels;
  int packs;   // of V channels in a row
  int width;   // packs of a slice; the last slice may have fewer
  int slices;  // gridDim.y
  int height;  // rows that a block takes at once
  int blocks;  // gridDim.x
};

// How many channels a thread can own: a power of two that divides `channels`, up to kWord bytes.
inline __host__ __device__ int norm_vector(int channels, int element_size) {
  int vector = kWord / element_size;
  while (channels % vector != 0) vector /= 2;
  return vector;
}

// `most_blocks` for the whole grid: what the device runs at the same time, or a small multiple.
inline __host__ __device__ NormGrid norm_grid(long long rows, int channels, int vector,
                                              int element_size, long long most_blocks) {
  // Bytes of a row that a block reads: a cache line, so that memory gives all it can, and yet few
  // channels, which leaves few sums to merge at the end.
  constexpr int kSegment = 128;
  const int packs = channels / vector;
  const int most = kSegment / (vector * element_size);
  const int slices = (packs + most - 1) / most;
  const int width = (packs + slices - 1) / slices;
  const int height = kThreads / width;
  const long long useful = (rows + height - 1) / height;
  long long blocks = most_blocks / slices;
  if (blocks > useful) blocks = useful;
  if (blocks < 1) blocks = 1;
  return {rows, channels, packs, width, slices, height, static_cast<int>(blocks)};
}

// Two fp32 sums per channel and block, and how many blocks of a slice are done: zeros before the
// first use, and kernels leave zeros.
struct NormScratch {
  float* sums;        // [blocks, 2, channels]
  unsigned* arrived;  // [slices]

  inline __device__ float* first(const NormGrid& grid, long long block) const {
    return sums + 2 * block * grid.channels;
  }
  inline __device__ float* second(const NormGrid& grid, long long block) const {
    return first(grid, block) + grid.channels;
  }
};

inline __host__ __device__ long long norm_scratch_floats(const NormGrid& grid) {
  return 2LL * grid.blocks * grid.channels;
}

// Where a thread works.
struct NormPlace {
  int channel;    // the first of its V
  int line;       // its row within the block
  long long row;  // its first row, from there in steps of `step`
  long long step;
  bool active;
};

template <int V>
inline __device__ NormPlace norm_place(const NormGrid& grid) {
  const int thread = static_cast<int>(threadIdx.x);
  const int pack = static_cast<int>(blockIdx.y) * grid.width + thread % grid.width;
  NormPlace place;
  place.channel = pack * V;
  place.line = thread / grid.width;
  place.row = static_cast<long long>(blockIdx.x) * grid.height + place.line;
  place.step = static_cast<long long>(grid.blocks) * grid.height;
  place.active = place.line < grid.height && pack < grid.packs;
  return place;
}

// The last row of a thread, negative when it has none.
inline __device__ long long last_row(const NormPlace& place, const NormGrid& grid) {
  if (place.row >= grid.rows) return -1;
  return place.row + (grid.rows - 1 - place.row) / place.step * place.step;
}

// Rows that a block has taken, all of its threads together, in each channel.
inline __device__ float rows_of_block(const NormGrid& grid, int block) {
  const long long step = static_cast<long long>(grid.blocks) * grid.height;
  long long rest = grid.rows % step - static_cast<long long>(block) * grid.height;
  if (rest < 0) rest = 0;
  if (rest > grid.height) rest = grid.height;
  return static_cast<float>(grid.rows / step * grid.height + rest);
}

// True in the block of a slice that comes here last: it sees the sums that the others have written.
inline __device__ bool last_of_slice(const NormScratch& scratch, const NormGrid& grid) {
  __shared__ bool last;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    unsigned* const arrived = scratch.arrived + blockIdx.y;
    last = atomicAdd(arrived, 1U) + 1 == static_cast<unsigned>(grid.blocks);
    if (last) *arrived = 0;
  }
  __syncthreads();
  if (last) __threadfence();
  return last;
}

// The last block gives each channel of its slice `parts` threads, `span` apart.
struct NormMergePlace {
  int channel;
  int part;
  int parts;
  int span;
  bool active;
};

template <int V>
inline __device__ NormMergePlace norm_merge_place(const NormGrid& grid) {
  const int thread = static_cast<int>(threadIdx.x);
  NormMergePlace place;
  place.span = grid.width * V;
  place.parts = kThreads / place.span;
  place.part = thread / place.span;
  place.channel = static_cast<int>(blockIdx.y) * place.span + thread % place.span;
  place.active = place.part < place.parts && place.channel < grid.channels;
  return place;
}

// What a thread knows about its V channels.
template <int V>
struct NormChannels {
  float mean[V];
  float scale[V];
  float bias[V];
};

template <int V, class Arguments>
inline __device__ NormChannels<V> norm_channels(const Arguments& a, int channel) {
  NormChannels<V> c;
  load_elements(a.mean + channel, c.mean);
  load_elements(a.inverse_deviation + channel, c.scale);
  load_elements(a.bias + channel, c.bias);
  float weight[V];
  load_elements(a.weight + channel, weight);
  TB_UNROLL
  for (int i = 0; i < V; ++i) c.scale[i] *= weight[i];
  return c;
}

// Forward and backward call this one, for the sign to be the same.
inline __device__ float norm_affine(float centred, float scale, float bias) {
  return fmaf(centred, scale, bias);
}

// A gradient or value through the activation whose output has the sign of `sign`; NaN goes through.
inline __device__ float norm_activated(float sign, float value, float slope) {
  if (!(sign <= 0)) return value;
  return slope == 0 ? 0 : slope * value;
}

// One block's memory for handing moments or sums from thread to thread.
template <int V>
struct NormExchange {
  float count[kThreads];
  float first[V][kThreads];
  float second[V][kThreads];
};

}  // namespace train_backbone::ops::device
