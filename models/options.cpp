#include "train_backbone/models/options.h"

#include "models/darknet_table.h"
#include "models/hrnet_table.h"
#include "models/resnet_table.h"

namespace train_backbone::models {

std::vector<std::string_view> suggested_models() {
  std::vector<std::string_view> names;
  for (const ResNetSpec& spec : kResNets) names.push_back(spec.name);
  for (const HRNetSpec& spec : kHRNets) names.push_back(spec.name);
  for (const DarkNetSpec& spec : kDarkNets) names.push_back(spec.name);
  return names;
}

void ModelOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(model, {.name = "model",
                         .help = "network, such as resnet50v1_b; `models` lists all",
                         .suggestions = suggested_models(),
                         .required = true});
  visitor.option(num_classes, {.name = "num_classes",
                               .help = "classes that the network tells apart",
                               .bound = core::between(1, 1000000)});
  visitor.option(leaky_slope, {.name = "leaky_slope",
                               .help = "slope of darknet53's LeakyReLU below zero; timm's own "
                                       "weights want 0.01",
                               .bound = core::below(0, 1)});
}

}  // namespace train_backbone::models
