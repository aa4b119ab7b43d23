#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <sstream>

#include "data/image/resized_crop.h"
#include "data/image/sampled_box.h"
#include "pictures.h"

namespace train_backbone::data {
namespace {

constexpr int kDraws = 100000;
// Two samples of 100,000 from one distribution differ by more than this once in a thousand times
// (1.95 * sqrt(2 / n); for whole numbers even more rarely). The seeds are fixed.
const double kLimit = 1.95 * std::sqrt(2.0 / kDraws);

using Histogram = std::map<int64_t, int64_t>;
using Sampler = std::function<PixelBox(int height, int width, core::SampleRng& rng)>;

struct Marginal {
  int height = 0;
  int width = 0;
  std::string name;
  Histogram counts;
};

// A file of tests/golden/augment, see augment_histograms.py.
std::vector<Marginal> read_marginals(const std::string& file) {
  const std::vector<uint8_t> text = read_golden(file, "augment");
  std::istringstream lines(std::string(text.begin(), text.end()));
  std::vector<Marginal> marginals;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Marginal marginal;
    int64_t value = 0;
    words >> marginal.height >> marginal.width >> marginal.name >> value;
    for (int64_t count = 0; words >> count; ++value) {
      marginal.counts[value] = count;
    }
    marginals.push_back(marginal);
  }
  return marginals;
}

int64_t value_of(const PixelBox& box, const Marginal& marginal) {
  if (marginal.name == "height") return box.height;
  if (marginal.name == "width") return box.width;
  if (marginal.name == "top") return box.top;
  if (marginal.name == "left") return box.left;
  return int64_t{1000} * box.height * box.width / (int64_t{marginal.height} * marginal.width);
}

Histogram drawn(const Marginal& like, const Sampler& sampler) {
  Histogram counts;
  for (uint64_t sample = 0; sample < kDraws; ++sample) {
    core::SampleRng rng(31, core::RngStream::kAugment, 0, sample);
    ++counts[value_of(sampler(like.height, like.width, rng), like)];
  }
  return counts;
}

// The Kolmogorov-Smirnov distance: the greatest difference of the shares up to a value.
double distance(const Histogram& one, const Histogram& other) {
  Histogram differences = one;
  for (const auto& [value, count] : other) {
    differences[value] -= count;
  }
  int64_t sum = 0;
  int64_t greatest = 0;
  for (const auto& [value, count] : differences) {
    sum += count;
    greatest = std::max(greatest, std::abs(sum));
  }
  EXPECT_EQ(sum, 0) << "not as many draws on both sides";
  return static_cast<double>(greatest) / kDraws;
}

PixelBox tf_box(int height, int width, core::SampleRng& rng) {
  return sample_box(height, width, rng);
}

void expect_same_distribution(const std::string& file, const Sampler& sampler) {
  const std::vector<Marginal> marginals = read_marginals(file);
  ASSERT_EQ(marginals.size(), 15U);  // five of three picture sizes
  for (const Marginal& marginal : marginals) {
    EXPECT_LT(distance(drawn(marginal, sampler), marginal.counts), kLimit)
        << file << ": " << marginal.name << " in " << marginal.height << " x " << marginal.width;
  }
}

TEST(BoxDistribution, TfIsTensorFlows) { expect_same_distribution("tf_boxes.txt", &tf_box); }

TEST(BoxDistribution, TorchvisionIsTorchvisions) {
  expect_same_distribution("torchvision_boxes.txt", &sample_resized_crop);
}

TEST(BoxDistribution, TheTwoAreTold) {
  for (const Marginal& marginal : read_marginals("torchvision_boxes.txt")) {
    EXPECT_GT(distance(drawn(marginal, &tf_box), marginal.counts), 2 * kLimit) << marginal.name;
  }
}

TEST(ResizedCrop, DrawsEveryOffset) {
  bool first = false;
  bool last = false;
  for (uint64_t sample = 0; sample < 2000; ++sample) {
    core::SampleRng rng(1, core::RngStream::kAugment, 0, sample);
    const PixelBox box = sample_resized_crop(9, 12, rng);
    ASSERT_GE(box.top, 0);
    ASSERT_LE(box.top + box.height, 9);
    ASSERT_GE(box.left, 0);
    ASSERT_LE(box.left + box.width, 12);
    first |= box.height < 9 && box.top == 0;
    last |= box.height < 9 && box.top == 9 - box.height;
  }
  EXPECT_TRUE(first);
  EXPECT_TRUE(last);
}

TEST(ResizedCrop, TakesTheMiddleOfALongPicture) {
  core::SampleRng rng(1, core::RngStream::kAugment, 0, 0);
  const PixelBox wide = sample_resized_crop(3, 1000, rng);
  EXPECT_THAT((std::vector<int>{wide.top, wide.left, wide.height, wide.width}),
              testing::ElementsAre(0, 498, 3, 4));
  const PixelBox tall = sample_resized_crop(1000, 3, rng);
  EXPECT_THAT((std::vector<int>{tall.top, tall.left, tall.height, tall.width}),
              testing::ElementsAre(498, 0, 4, 3));
}

}  // namespace
}  // namespace train_backbone::data
