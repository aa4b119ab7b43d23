#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train_backbone/ops/device.h"

namespace train_backbone::commands {

struct StepBenchmarkSettings {
  std::string model;  // a name of the registry
  int64_t num_classes = 1000;
  int64_t batch_size = 64;
  int64_t image_size = 224;
  ops::Device device;
  bool fused_kernels = true;
  std::string cuda_graph = "auto";
  int64_t steps = 12;  // that are measured, after two that are not; with a graph five
};

// All times in seconds.
struct StepBenchmark {
  bool has_graph = false;     // the whole steps were one graph each
  std::vector<double> steps;  // of whole steps, in order
  int64_t peak_memory = 0;    // bytes, of the whole steps
  // Medians of the parts, each measured by itself in further steps.
  double input = 0;  // pixels to normalised pictures
  double forward = 0;
  double backward = 0;  // loss and its gradients
  double update = 0;
};

// Times training steps (label smoothing 0.1, no mixup, SGD) of synthetic pictures. The device is
// set up before. Throws core::UsageError as models::make_model().
StepBenchmark measure_step(const StepBenchmarkSettings& settings);

}  // namespace train_backbone::commands
