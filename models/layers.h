#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/joint_batch_norm.h"
#include "train_backbone/models/backbone.h"

// The kinds of layers with parameters, and their simplest compositions. Torch's own ones draw
// default weights from the global generator when they are made; these leave that to init.h, so that
// making a model costs no time.
namespace train_backbone::models {

// One tensor in, one out.
class Layer : public torch::nn::Module {
 public:
  virtual at::Tensor forward(const at::Tensor& input) = 0;
  // Adds the work for an input of `map`, which becomes the shape of the output.
  virtual void count(MapShape& map, StepWork& work) const = 0;
};

// Where the zeros around a feature map go that make the output of a window with stride s
// ceil(extent / s) large.
enum class Padding {
  kTorch,  // kernel / 2 on every side
  kSame,   // as few as needed, the odd one at the far side: TensorFlow's "SAME"
};

struct ConvolutionShape {
  int64_t in = 0;
  int64_t out = 0;
  int64_t kernel = 1;
  int64_t stride = 1;
  Padding padding = Padding::kTorch;
  bool bias = false;
};

// Square convolution.
class Convolution : public Layer {
 public:
  // weight [out, in, kernel, kernel], not set; bias [out] of zeros where the shape has one.
  explicit Convolution(const ConvolutionShape& shape);
  at::Tensor forward(const at::Tensor& input) override;
  struct Forked {
    at::Tensor output;
    at::Tensor input;
  };
  // forward() of an input that goes another way, too, which begins at the input that is returned:
  // adding the gradients of both is cheaper then.
  Forked fork(const at::Tensor& input);
  void count(MapShape& map, StepWork& work) const override;
  [[nodiscard]] const at::Tensor& weight() const { return weight_; }
  // Inputs of the copy's type are from now on convolved with it instead of the weight, whose
  // gradient comes about all the same. The copy has the weight's shape.
  void compute_with(at::Tensor copy) { copy_ = std::move(copy); }
  // See use_fused_kernels().
  void fuse(bool on) { fused_ = on; }

 private:
  at::Tensor convolve(const at::Tensor& input, int64_t padding) const;
  bool is_product(const at::Tensor& input) const;  // of matrices
  bool is_window(const at::Tensor& input) const;   // of 3x3 pixels, for our own kernel

  ConvolutionShape shape_;
  bool fused_ = true;
  at::Tensor weight_;
  at::Tensor bias_;  // may be undefined
  at::Tensor copy_;  // may be undefined
};

// Batch normalisation over N, H, W with running statistics; in training it updates them by a tenth
// of the batch's (unbiased variance) and counts batches.
class BatchNorm : public Layer {
 public:
  enum class Start { kOne, kZero };  // of the scale
  // Scale as `start` says, shift 0, mean 0, variance 1.
  explicit BatchNorm(int64_t channels, Start start = Start::kOne);
  // What comes behind the normalisation, in this order.
  struct After {
    at::Tensor residual = {};  // added; undefined: nothing is
    double slope = 0;          // activation, of values below 0; 1: none, 0: ReLU
  };
  at::Tensor forward(const at::Tensor& input, const After& after);
  at::Tensor forward(const at::Tensor& input) override { return forward(input, {.slope = 1}); }
  // Without a residual.
  void count(MapShape& map, StepWork& work) const override {
    work.add_normalisation(map.elements());
  }
  // From now on always as in evaluation: the running statistics are used and never change.
  void freeze_statistics();
  void train(bool on) override { Layer::train(on && !frozen_); }
  // From now on training computes over the samples of all ranks, unless the statistics are frozen.
  void synchronise(RankGroup ranks) { ranks_ = std::move(ranks); }
  // See use_fused_kernels().
  void fuse(bool on) { fused_ = on; }

 private:
  at::Tensor normalise(const at::Tensor& input);

  bool fused_ = true;
  bool frozen_ = false;
  std::optional<RankGroup> ranks_;  // none: the samples at hand alone
  at::Tensor weight_;
  at::Tensor bias_;
  at::Tensor running_mean_;
  at::Tensor running_var_;
  at::Tensor num_batches_tracked_;
};

// Fully connected layer with bias: [N, in] -> [N, out]. Computes in the weight's type, whatever the
// input's.
class Dense : public torch::nn::Module {
 public:
  Dense(int64_t in, int64_t out);  // weight [out, in] not set, bias 0
  [[nodiscard]] at::Tensor forward(const at::Tensor& input) const;
  // Of the mean over `map`, too, of which it takes the input.
  void count_with_mean(const MapShape& map, StepWork& work) const;
  [[nodiscard]] const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

// Layers one after the other, named "0", "1", ... or as told.
class Chain : public Layer {
 public:
  void add(std::shared_ptr<Layer> layer) { add(std::to_string(layers_.size()), std::move(layer)); }
  void add(const std::string& name, std::shared_ptr<Layer> layer);
  at::Tensor forward(const at::Tensor& input) override;
  void count(MapShape& map, StepWork& work) const override;

 private:
  std::vector<std::shared_ptr<Layer>> layers_;
};

// Max-pooling with 3x3 windows and stride 2.
at::Tensor max_pool_by_two(const at::Tensor& input, Padding padding);

// What max_pool_by_two and every padded window of stride 2 leave.
inline MapShape halved(const MapShape& map) {
  return {.channels = map.channels, .height = (map.height + 1) / 2, .width = (map.width + 1) / 2};
}

}  // namespace train_backbone::models
