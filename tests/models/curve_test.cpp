// Twenty training steps of every model in fp64 against Python torch's optimizer on timm's model.
#include <vector>

#include "tests/models/parity_fixture.h"

namespace train_backbone::models {
namespace {

constexpr double kTolerance = 1e-6;  // of each loss

// Nesterov momentum as torch.optim.SGD: decay on weights of more than one dimension.
void step(const nlohmann::json& settings, const std::vector<at::Tensor>& parameters,
          std::vector<at::Tensor>& momenta) {
  const at::NoGradGuard no_grad;
  const double decay = settings["decay"];
  const double momentum = settings["momentum"];
  const double rate = settings["rate"];
  for (size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor& weight = parameters[i];
    const at::Tensor gradient =
        weight.dim() > 1 ? weight.grad() + decay * weight : weight.grad().clone();
    momenta[i] = momentum * momenta[i] + gradient;
    weight.sub_(rate * (gradient + momentum * momenta[i]));
    weight.mutable_grad().reset();
  }
}

TEST_P(Curve, IsThatOfPython) {
  model_->train();
  const std::vector<at::Tensor> parameters = model_->parameters();
  std::vector<at::Tensor> momenta;
  for (const at::Tensor& parameter : parameters) momenta.push_back(at::zeros_like(parameter));
  const std::vector<double> losses = wanted_["losses"];
  ASSERT_EQ(losses.size(), 20U);
  for (size_t i = 0; i < losses.size(); ++i) {
    const at::Tensor step_loss = loss();
    EXPECT_NEAR(step_loss.item<double>(), losses[i], kTolerance * losses[i]) << "step " << i;
    step_loss.backward();
    step(wanted_, parameters, momenta);
  }
}

}  // namespace
}  // namespace train_backbone::models
