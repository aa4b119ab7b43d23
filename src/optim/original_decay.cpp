#include "train_backbone/optim/original_decay.h"

namespace train_backbone::optim {
namespace {

constexpr double kBuilderDefault = 2 * 1e-4;  // of the original's functions that make a layer
constexpr double kHRNetTable = 2 * 5e-5;      // of its HRNet configuration

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

double original_weight_decay(std::string_view model, std::string_view parameter, double option) {
  if (model.starts_with("resnet101")) {
    const bool not_passed_on = parameter.starts_with("conv1.") || parameter.starts_with("fc.");
    return not_passed_on ? kBuilderDefault : option;
  }
  if (model.starts_with("hrnet")) {
    // The basic blocks take the table's value for their expansion and keep the default.
    return contains(parameter, ".branches.") ? kBuilderDefault : kHRNetTable;
  }
  if (model.starts_with("darknet")) {
    return parameter.starts_with("head.") ? option : kBuilderDefault;
  }
  return option;
}

}  // namespace train_backbone::optim
