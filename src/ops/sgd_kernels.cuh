#pragma once

// Device code of sgd.h: Nesterov SGD over a flat arena in one pass. Gradients are G, the copy of
// the weights that the network computes with is C, in 16-bit storage.
#include "ops/device_code.cuh"

namespace train_backbone::ops::device {

constexpr int kSgdVector = 8;  // elements of a thread: one word in 16-bit storage
constexpr int kMostSgdSegments = 8;

// Up to `end`, from where the segment before it ended; a multiple of kSgdVector, but for the last.
struct SgdSegment {
  long long end;
  float weight_decay;
  float rate_factor;
};

template <class G, class C>
struct SgdUpdate {
  float* weights;
  const G* gradients;
  float* momentum;
  C* copy;  // or null
  long long count;
  float momentum_factor;
  // On the device, so that a replayed graph sees what they are then.
  const float* learning_rate;  // or null: 1
  const float* inverse_scale;  // of the gradients, or null
  const float* skip;           // or null; not 0: nothing is to change
  int segment_count;
  SgdSegment segments[kMostSgdSegments];
};

template <class G>
struct SgdCheck {
  const G* gradients;
  long long count;
  float* found;  // becomes 1 where a gradient is infinite or NaN, else stays
};

template <class G, class C>
inline __device__ SgdSegment segment_of(const SgdUpdate<G, C>& a, long long element) {
  SgdSegment segment = a.segments[0];
  TB_UNROLL
  for (int i = 1; i < kMostSgdSegments; ++i) {
    if (i < a.segment_count && element >= a.segments[i - 1].end) segment = a.segments[i];
  }
  return segment;
}

// What is alike for all elements of a pack.
struct SgdFactors {
  float rate;
  float weight_decay;
  float momentum;
  float scale;
};

inline __device__ void sgd_element(const SgdFactors& f, float raw_gradient, float& weight,
                                   float& momentum) {
  const float gradient = raw_gradient * f.scale + f.weight_decay * weight;
  momentum = f.momentum * momentum + gradient;
  weight -= f.rate * (gradient + f.momentum * momentum);
}

template <class G, class C>
__global__ void __launch_bounds__(kThreads) sgd_update(SgdUpdate<G, C> a) {
  if (a.skip != nullptr && *a.skip != 0) return;
  const long long pack = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  const long long first = pack * kSgdVector;
  if (first >= a.count) return;
  const SgdSegment segment = segment_of(a, first);
  const float rate = a.learning_rate == nullptr ? 1 : *a.learning_rate;
  const SgdFactors factors = {rate * segment.rate_factor, segment.weight_decay, a.momentum_factor,
                              a.inverse_scale == nullptr ? 1 : *a.inverse_scale};
  if (first + kSgdVector > a.count) {
    for (long long i = first; i < a.count; ++i) {
      sgd_element(factors, to_float(a.gradients[i]), a.weights[i], a.momentum[i]);
      if (a.copy != nullptr) assign(a.copy[i], a.weights[i]);
    }
    return;
  }
  float gradients[kSgdVector];
  load_elements(a.gradients + first, gradients);
  float weights[kSgdVector];
  load_elements(a.weights + first, weights);
  float momentum[kSgdVector];
  load_elements(a.momentum + first, momentum);
  TB_UNROLL
  for (int i = 0; i < kSgdVector; ++i) {
    sgd_element(factors, gradients[i], weights[i], momentum[i]);
  }
  store_elements(a.weights + first, weights);
  store_elements(a.momentum + first, momentum);
  if (a.copy != nullptr) store_elements(a.copy + first, weights);
}

// Before the update, as one gradient without a value spoils all.
template <class G>
__global__ void __launch_bounds__(kThreads) sgd_check(SgdCheck<G> a) {
  const long long pack = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  const long long first = pack * kSgdVector;
  bool finite = true;
  if (first + kSgdVector <= a.count) {
    float gradients[kSgdVector];
    load_elements(a.gradients + first, gradients);
    TB_UNROLL
    for (int i = 0; i < kSgdVector; ++i) finite = finite && is_finite(gradients[i]);
  } else {
    for (long long i = first; i < a.count; ++i) {
      finite = finite && is_finite(to_float(a.gradients[i]));
    }
  }
  if (!finite) *a.found = 1;  // all who write, write the same
}

}  // namespace train_backbone::ops::device
