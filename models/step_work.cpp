#include "train_backbone/models/step_work.h"

namespace train_backbone::models {
namespace {

constexpr int64_t kStreams = 8;
constexpr int64_t kResidualStreams = 11;

}  // namespace

void StepWork::add_convolution(int64_t in, int64_t out, int64_t multiply_adds) {
  const int64_t passes = layers_.empty() ? 2 : 3;
  layers_.push_back({.kind = WorkKind::kConvolution,
                     .elements = passes * (in + out),
                     .multiply_adds = passes * multiply_adds});
  forward_multiply_adds_ += multiply_adds;
}

void StepWork::add_normalisation(int64_t out) {
  layers_.push_back({.kind = WorkKind::kNormalisation, .elements = kStreams * out});
}

void StepWork::add_residual_normalisation(int64_t out) {
  layers_.push_back({.kind = WorkKind::kResidualNormalisation, .elements = kResidualStreams * out});
}

void StepWork::add_pooling(int64_t in, int64_t out) { add_other(2 * (in + out)); }

void StepWork::add_other(int64_t elements) {
  layers_.push_back({.kind = WorkKind::kOther, .elements = elements});
}

}  // namespace train_backbone::models
