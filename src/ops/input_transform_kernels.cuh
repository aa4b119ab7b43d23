#pragma once

// Device code of input_transform.h: uint8 pixels [N, H, W, 3] to normalised NHWC images with
// kChannels channels (3, or 4 or 8 with zeros behind), mixed on the way.
#include "ops/device_code.cuh"

namespace train_backbone::ops::device {

constexpr int kColours = 3;
constexpr int kTilePixels = 1024;  // of one sample, for one block

template <class T>
struct InputTransform {
  const unsigned char* pixels;
  const long long* partners;  // [N] which sample is mixed in, or null: none
  const float* weights;       // [N] own share
  T* images;
  long long pixels_per_sample;
  float mean[kColours];
  float scale[kColours];  // 1 / deviation
};

struct InputTile {
  alignas(kWord) unsigned char bytes[kTilePixels * kColours];
};

// Bytes of a tile into shared memory. kWords: they begin and end at words.
template <bool kWords>
inline __device__ void load_bytes(const unsigned char* from, int count, unsigned char* to) {
  const int thread = static_cast<int>(threadIdx.x);
  if (kWords) {
    static_assert(kTilePixels * kColours <= kThreads * kWord, "one word for each thread");
    const int i = thread * kWord;
    if (i < count) store(to + i, load<kWord>(from + i));
  } else {
    for (int i = thread; i < count; i += kThreads) to[i] = from[i];
  }
}

template <class T>
inline __device__ float normalised(const InputTransform<T>& a, unsigned char pixel, int colour) {
  const float mean = colour == 0 ? a.mean[0] : colour == 1 ? a.mean[1] : a.mean[2];
  const float scale = colour == 0 ? a.scale[0] : colour == 1 ? a.scale[1] : a.scale[2];
  return (static_cast<float>(pixel) - mean) * scale;
}

// `place` elements after channel 0 of the pixel with these bytes. No branches: words are written as
// words only where their elements come straight.
template <class T, int kChannels>
inline __device__ float input_element(const InputTransform<T>& a, const unsigned char* own,
                                      const unsigned char* other, float weight, int place) {
  const int channel = place % kChannels;
  const int colour = channel < kColours ? channel : 0;
  const int byte = place / kChannels * kColours + colour;
  const float value =
      weight * normalised(a, own[byte], colour) + (1 - weight) * normalised(a, other[byte], colour);
  return channel < kColours ? value : 0;
}

template <class T, int kChannels, bool kWords>
inline __device__ void write_tile(const InputTransform<T>& a, const unsigned char* own,
                                  const unsigned char* other, float weight, int pixels, T* image) {
  constexpr int kVector = kWords ? kWord / static_cast<int>(sizeof(T)) : 1;
  const int thread = static_cast<int>(threadIdx.x);
  for (int i = thread * kVector; i < pixels * kChannels; i += kThreads * kVector) {
    // Where a word is whole pixels, every element's channel is known to the compiler.
    const int byte = i / kChannels * kColours;
    const int channel = kVector % kChannels == 0 ? 0 : i % kChannels;
    Pack<T, kVector> pack;
    TB_UNROLL
    for (int k = 0; k < kVector; ++k) {
      assign(pack.at[k],
             input_element<T, kChannels>(a, own + byte, other + byte, weight, channel + k));
    }
    if constexpr (kWords) {
      store_word(image + i, pack);
    } else {
      store(image + i, pack);
    }
  }
}

// Grid: tiles of a sample x samples. kWords: pixels_per_sample is a multiple of kWord and all
// memory begins at words.
template <class T, int kChannels, bool kWords>
__global__ void __launch_bounds__(kThreads) input_transform(InputTransform<T> a) {
  __shared__ InputTile own;
  __shared__ InputTile other;
  const int sample = static_cast<int>(blockIdx.y);
  const long long partner = a.partners == nullptr ? sample : a.partners[sample];
  const float weight = partner == sample ? 1 : a.weights[sample];
  const long long start = static_cast<long long>(blockIdx.x) * kTilePixels;
  const long long rest = a.pixels_per_sample - start;
  const int pixels = rest < kTilePixels ? static_cast<int>(rest) : kTilePixels;
  const auto bytes_of = [&](long long which) {
    return a.pixels + (which * a.pixels_per_sample + start) * kColours;
  };
  load_bytes<kWords>(bytes_of(sample), pixels * kColours, own.bytes);
  if (weight != 1) load_bytes<kWords>(bytes_of(partner), pixels * kColours, other.bytes);
  __syncthreads();

  const unsigned char* const second = weight == 1 ? own.bytes : other.bytes;
  T* const image = a.images + (sample * a.pixels_per_sample + start) * kChannels;
  write_tile<T, kChannels, kWords>(a, own.bytes, second, weight, pixels, image);
}

}  // namespace train_backbone::ops::device
