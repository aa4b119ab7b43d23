#pragma once

#include <cstdint>
#include <vector>

namespace train_backbone::models {

enum class WorkKind {
  kConvolution,            // and dense layers
  kNormalisation,          // with its activation
  kResidualNormalisation,  // with the addition of a residual before the activation
  kOther,                  // pooling and sums elsewhere
};

// One layer in a training step, for one picture: forward and backward together.
struct LayerWork {
  WorkKind kind = WorkKind::kOther;
  int64_t elements = 0;  // of activations and their gradients, as often as they are read or written
  int64_t multiply_adds = 0;
};

// What a training step has to move and compute for one picture where kernels fuse a normalisation
// with the activation and the addition behind it, and go over its input twice each way. Elements:
//
//   convolution, dense layer   input and output in each of three passes (forward, gradients of the
//                              input, of the weights); the first one has two, as no one needs the
//                              gradients of pictures
//   normalisation              8 per output: reads x twice, writes y; reads x and dy twice, writes
//                              dx. 11 with a residual: reads that and, backward, y for the
//                              activation's sign; writes the gradient of the sum
//   pooling                    input and output each way
//   sums elsewhere             where they are counted
//
// So counted, ResNet-50 V1b at 224 pixels moves 64.4 M elements in convolutions, 105.5 M in
// normalisations, 2.2 M in pooling.
//
// Left out: weights, which are few beside the activations of a batch, the pictures' way to the
// first convolution, the indices of max-pooling and the loss.
class StepWork {
 public:
  // Elements of input and output, multiply-adds of the forward pass.
  void add_convolution(int64_t in, int64_t out, int64_t multiply_adds);
  void add_normalisation(int64_t out);
  void add_residual_normalisation(int64_t out);
  void add_pooling(int64_t in, int64_t out);
  void add_other(int64_t elements);

  [[nodiscard]] const std::vector<LayerWork>& layers() const { return layers_; }
  // Of convolutions and dense layers, in the forward pass alone.
  [[nodiscard]] int64_t forward_multiply_adds() const { return forward_multiply_adds_; }

 private:
  std::vector<LayerWork> layers_;
  int64_t forward_multiply_adds_ = 0;
};

}  // namespace train_backbone::models
