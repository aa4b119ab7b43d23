#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace train_backbone::test {

// Batch normalisation, residual and activation in plain fp64, as the formulas of
// train_backbone/ops/batch_norm_act.h say; images are rows of channels.
struct NormInputs {
  size_t rows = 0;
  size_t channels = 0;
  double negative_slope = 1;
  double epsilon = 1e-5;
  std::vector<double> x, residual, weight, bias;  // residual: empty where there is none
};

// The scales say per channel how large the terms are that make up the results: rounding errors are
// in proportion to them, also where the results cancel to nearly nothing.
struct NormOutputs {
  std::vector<double> mean, variance, inverse_deviation, y;
  std::vector<double> y_scale;
};

struct NormGradients {
  std::vector<double> input, weight, bias, residual;
  std::vector<double> input_scale, weight_scale, bias_scale;
};

inline NormOutputs norm_reference(const NormInputs& in) {
  NormOutputs out;
  out.mean.assign(in.channels, 0);
  out.variance.assign(in.channels, 0);
  out.inverse_deviation.assign(in.channels, 0);
  out.y.resize(in.x.size());
  out.y_scale.assign(in.channels, 0);
  const auto count = static_cast<double>(in.rows);
  for (size_t i = 0; i < in.x.size(); ++i) out.mean[i % in.channels] += in.x[i] / count;
  for (size_t i = 0; i < in.x.size(); ++i) {
    const size_t c = i % in.channels;
    out.variance[c] += (in.x[i] - out.mean[c]) * (in.x[i] - out.mean[c]) / count;
  }
  for (size_t c = 0; c < in.channels; ++c) {
    out.inverse_deviation[c] = 1 / std::sqrt(out.variance[c] + in.epsilon);
  }
  for (size_t i = 0; i < in.x.size(); ++i) {
    const size_t c = i % in.channels;
    const double normal = (in.x[i] - out.mean[c]) * out.inverse_deviation[c] * in.weight[c];
    const double added = in.residual.empty() ? 0 : in.residual[i];
    const double v = normal + in.bias[c] + added;
    const double scale = std::fabs(normal) + std::fabs(in.bias[c]) + std::fabs(added);
    out.y[i] = v > 0 ? v : in.negative_slope * v;
    out.y_scale[c] = std::fmax(out.y_scale[c], scale);
  }
  return out;
}

// `sign` has the sign of the output, as the code under test computed it: at rounding distance from
// zero no reference can say. So is `stored`, the residual's gradient as storage holds it, from
// which the input's gradient is made; empty: exact.
inline NormGradients norm_reference_backward(const NormInputs& in, const NormOutputs& out,
                                             const std::vector<double>& dy,
                                             const std::vector<double>& sign,
                                             const std::vector<double>& stored) {
  NormGradients result;
  for (auto* values : {&result.weight, &result.bias, &result.input_scale, &result.weight_scale,
                       &result.bias_scale}) {
    values->assign(in.channels, 0);
  }
  std::vector<double> dz(dy.size());
  for (size_t i = 0; i < dy.size(); ++i) {
    const size_t c = i % in.channels;
    dz[i] = sign[i] > 0 ? dy[i] : in.negative_slope * dy[i];
    const double product = dz[i] * (in.x[i] - out.mean[c]) * out.inverse_deviation[c];
    result.bias[c] += dz[i];
    result.weight[c] += product;
    result.bias_scale[c] = std::hypot(result.bias_scale[c], dz[i]);
    result.weight_scale[c] = std::hypot(result.weight_scale[c], product);
  }
  if (!in.residual.empty()) {
    result.residual = dz;
    if (!stored.empty()) dz = stored;
  }
  const auto count = static_cast<double>(in.rows);
  result.input.resize(dy.size());
  for (size_t i = 0; i < dy.size(); ++i) {
    const size_t c = i % in.channels;
    const double normal = (in.x[i] - out.mean[c]) * out.inverse_deviation[c];
    const double factor = in.weight[c] * out.inverse_deviation[c];
    result.input[i] = factor * (dz[i] - (result.bias[c] + normal * result.weight[c]) / count);
    result.input_scale[c] = std::fmax(result.input_scale[c], std::fabs(factor * dz[i]));
  }
  return result;
}

}  // namespace train_backbone::test
