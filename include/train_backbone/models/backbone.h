#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train_backbone/models/classifier.h"
#include "train_backbone/models/step_work.h"

namespace train_backbone::models {

// Of one picture or feature map.
struct MapShape {
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;

  [[nodiscard]] int64_t elements() const { return channels * height * width; }
};

// One of the maps that a detector takes from a backbone: C2 has level 2 and stride 4, C5 level 5
// and stride 32.
struct FeatureMap {
  int level = 0;
  int64_t stride = 0;
  int64_t channels = 0;
};

// A stretch of a network under a name that people use for it.
struct NetworkPart {
  std::string name;                  // "stem", "layer1", ..., "head"
  std::vector<std::string> modules;  // whose parameters and buffers it consists of
};

// A classifier whose feature maps can be had.
class Backbone : public Classifier {
 public:
  // C2..C5 of images as forward() takes them: one [N, channels, ~H/stride, ~W/stride] per entry of
  // feature_maps(), in its order.
  virtual std::vector<at::Tensor> features(const at::Tensor& images) = 0;
  [[nodiscard]] virtual std::vector<FeatureMap> feature_maps() const = 0;
  // The whole network from the pictures on. The last part is "head", with one module: the dense
  // layer, whose shape depends on the number of classes.
  [[nodiscard]] virtual std::vector<NetworkPart> parts() const = 0;
  [[nodiscard]] virtual StepWork step_work(MapShape picture) const = 0;
};

}  // namespace train_backbone::models
