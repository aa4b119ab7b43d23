#pragma once

#include <cstdint>
#include <span>
#include <vector>

// Which classes a row of logits prefers. Ties go to the lower class and a NaN is never right, so
// that constant or broken outputs do not count as correct answers.
namespace train_backbone::train {

// Number of classes that are preferred to `label`: below k means that the label is among the best
// k. The row's length when the label's logit is NaN.
int64_t rank_of(std::span<const float> logits, int64_t label);

struct RankedClass {
  int64_t label = 0;
  double probability = 0;  // softmax over the whole row
};

// The best min(k, classes) classes, best first.
std::vector<RankedClass> best_classes(std::span<const float> logits, int64_t k);

}  // namespace train_backbone::train
