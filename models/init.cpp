#include "models/init.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/DistributionsHelper.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "models/layers.h"

namespace train_backbone::models {
namespace {

constexpr float kCut = 2;  // deviations
// Deviation of a standard normal truncated at two deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;
constexpr double kDenseDeviation = 0.01;

// Values of a normal with `deviation`, those beyond the cut drawn again.
void fill_truncated_normal(const at::Tensor& weight, double deviation, at::Generator& generator) {
  at::Tensor values = weight.detach();
  values.normal_(0, 1, generator);
  auto* const source = at::check_generator<at::CPUGeneratorImpl>(generator);
  at::normal_distribution<double> standard_normal(0, 1);
  float* const data = values.mutable_data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) {
    while (std::abs(data[i]) > kCut) data[i] = static_cast<float>(standard_normal(source));
    data[i] = static_cast<float>(data[i] * deviation);
  }
}

}  // namespace

void initialise(torch::nn::Module& network, const InitRule& rule, uint64_t seed) {
  const at::NoGradGuard no_grad;
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  for (const auto& module : network.modules()) {
    if (const auto* convolution = module->as<Convolution>()) {
      const at::Tensor& weight = convolution->weight();
      const int64_t outer = rule.fan_out ? weight.size(1) : weight.size(0);
      const auto fan = static_cast<double>(weight.numel() / outer);
      fill_truncated_normal(weight, std::sqrt(2 / fan) / kTruncatedDeviation, generator);
    } else if (const auto* dense = module->as<Dense>()) {
      const auto fan_in = static_cast<double>(dense->weight().size(1));
      const double scaled = std::sqrt(1 / fan_in) / kTruncatedDeviation;
      fill_truncated_normal(dense->weight(), rule.scaled_dense ? scaled : kDenseDeviation,
                            generator);
    }
  }
}

}  // namespace train_backbone::models
