#include "train_backbone/models/options.h"

namespace train_backbone::models {

void ModelOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(model, {.name = "model",
                         .help = "network, such as resnet50v1_b; `models` lists all",
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
