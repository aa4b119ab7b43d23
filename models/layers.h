#pragma once

#include <torch/nn/module.h>

#include <cstdint>

// The three kinds of layers with parameters. Torch's own ones draw default weights from the global
// generator when they are made; these leave that to init.h, so that making a model costs no time.
namespace train_backbone::models {

// Height and width of a feature map.
struct Extent {
  int64_t height = 0;
  int64_t width = 0;
};

struct ConvolutionShape {
  int64_t in = 0;
  int64_t out = 0;
  int64_t kernel = 1;
  int64_t stride = 1;
};

// Square convolution without bias, zero-padded by kernel / 2 on all sides.
class Convolution : public torch::nn::Module {
 public:
  explicit Convolution(const ConvolutionShape& shape);  // weight [out, in, kernel, kernel], not set
  [[nodiscard]] at::Tensor forward(const at::Tensor& input) const;
  // Multiply-adds for one picture of `extent`, which becomes the extent of the output.
  int64_t multiply_adds(Extent& extent) const;
  [[nodiscard]] const at::Tensor& weight() const { return weight_; }

 private:
  ConvolutionShape shape_;
  at::Tensor weight_;
};

// Batch normalisation over N, H, W with running statistics; in training it updates them by a tenth
// of the batch's (unbiased variance) and counts batches.
class BatchNorm : public torch::nn::Module {
 public:
  explicit BatchNorm(int64_t channels);  // scale 1, shift 0, mean 0, variance 1
  at::Tensor forward(const at::Tensor& input);
  [[nodiscard]] const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  at::Tensor running_mean_;
  at::Tensor running_var_;
  at::Tensor num_batches_tracked_;
};

// Fully connected layer with bias: [N, in] -> [N, out].
class Dense : public torch::nn::Module {
 public:
  Dense(int64_t in, int64_t out);  // weight [out, in] not set, bias 0
  [[nodiscard]] at::Tensor forward(const at::Tensor& input) const;
  [[nodiscard]] int64_t multiply_adds() const { return weight_.numel(); }
  [[nodiscard]] const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

}  // namespace train_backbone::models
