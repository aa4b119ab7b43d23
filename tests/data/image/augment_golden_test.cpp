#include <gtest/gtest.h>

#include <sstream>

#include "data/image/planned_transform.h"
#include "pictures.h"

namespace train_backbone::data {
namespace {

constexpr int kSide = 24;
constexpr size_t kSampleBytes = size_t{kSide} * kSide * 3;

struct Sample {
  std::string picture;
  PixelBox box;
  bool flipped = false;

  [[nodiscard]] bool cmyk() const { return picture.starts_with("cmyk"); }
};

// tests/golden/augment/boxes.txt, see make_augment_tf.py.
std::vector<Sample> read_samples() {
  const std::vector<uint8_t> text = read_golden("boxes.txt", "augment");
  std::istringstream lines(std::string(text.begin(), text.end()));
  std::vector<Sample> samples;
  Sample sample;
  while (lines >> sample.picture >> sample.box.top >> sample.box.left >> sample.box.height >>
         sample.box.width >> sample.flipped) {
    samples.push_back(sample);
  }
  return samples;
}

// The same view of every picture.
class FixedView final : public ViewPlanner {
 public:
  explicit FixedView(const Sample& sample) : sample_(sample) {}

  [[nodiscard]] PictureView plan(const ImageHeader& /*header*/,
                                 core::SampleRng& /*rng*/) const override {
    const PixelBox& box = sample_.box;
    return {.box = box,
            .rows = {.source = box.height, .target = kSide, .count = kSide},
            .columns = {
                .source = box.width, .target = kSide, .count = kSide, .mirrored = sample_.flipped}};
  }

 private:
  Sample sample_;
};

std::vector<uint8_t> applied(ImageTransform& transform, const std::string& picture, int side) {
  core::SampleRng rng(1, core::RngStream::kAugment, 0, 0);
  std::vector<uint8_t> pixels(size_t{3} * static_cast<size_t>(side) * static_cast<size_t>(side));
  transform.apply(read_golden(picture), rng, pixels);
  return pixels;
}

// `samples` against the consecutive samples of a golden file.
void expect_golden(const std::vector<Sample>& samples, const std::string& file,
                   const JpegStyle& style, Resampling resampling, int tolerance) {
  const std::vector<uint8_t> golden = read_golden(file, "augment");
  ASSERT_EQ(golden.size(), samples.size() * kSampleBytes);
  auto expected = golden.begin();
  for (const Sample& sample : samples) {
    PlannedTransform transform(std::make_shared<FixedView>(sample), style, resampling);
    const std::vector<uint8_t> part(expected, expected + kSampleBytes);
    EXPECT_LE(greatest_difference(applied(transform, sample.picture, kSide), part), tolerance)
        << file << ": " << sample.picture << " " << sample.box.top << " " << sample.box.left << " "
        << sample.box.height << " " << sample.box.width << (sample.flipped ? " flipped" : "");
    expected += kSampleBytes;
  }
}

std::vector<Sample> without_cmyk(std::vector<Sample> samples) {
  std::erase_if(samples, [](const Sample& sample) { return sample.cmyk(); });
  return samples;
}

TEST(AugmentGolden, TfEqualsTensorFlowsWholeDecodeCropFlipResize) {
  expect_golden(read_samples(), "tf.rgb", {}, Resampling::kLegacyBilinear, 0);
}

TEST(AugmentGolden, TfExactEqualsTensorFlowsDecodeAndCrop) {
  expect_golden(read_samples(), "tf_exact.rgb", {.fast_transform = true, .hard_crop = true},
                Resampling::kLegacyBilinear, 0);
}

TEST(AugmentGolden, TorchvisionEqualsPillow) {
  expect_golden(without_cmyk(read_samples()), "pillow.rgb", {}, Resampling::kAntialiasedBilinear,
                0);
}

TEST(AugmentGolden, TorchvisionIsWithinOneOfTensors) {
  expect_golden(without_cmyk(read_samples()), "tensor.rgb", {}, Resampling::kAntialiasedBilinear,
                1);
}

void expect_evaluated(const std::string& file, AugmentSemantics semantics, int tolerance) {
  constexpr int kSize = 56;
  const auto transform = make_evaluation_transform(kSize, 0.875, semantics);
  const std::vector<uint8_t> golden = read_golden(file, "augment");
  std::vector<uint8_t> both = applied(*transform, "wide.jpg", kSize);
  const std::vector<uint8_t> tall = applied(*transform, "tall.jpg", kSize);
  both.insert(both.end(), tall.begin(), tall.end());
  EXPECT_LE(greatest_difference(both, golden), tolerance) << file;
}

TEST(AugmentGolden, EvaluationOfEverySemantics) {
  expect_evaluated("evaluated_exact.rgb", AugmentSemantics::kTfExact, 0);
  expect_evaluated("evaluated_pillow.rgb", AugmentSemantics::kTorchvision, 0);
  expect_evaluated("evaluated_tensor.rgb", AugmentSemantics::kTorchvision, 1);
}

// What the variants are for: their pixels are not the same.
TEST(AugmentGolden, TheSemanticsDiffer) {
  EXPECT_GT(
      greatest_difference(read_golden("tf.rgb", "augment"), read_golden("tf_exact.rgb", "augment")),
      0);
  const auto tf = make_evaluation_transform(56, 0.875, AugmentSemantics::kTf);
  const auto torchvision = make_evaluation_transform(56, 0.875, AugmentSemantics::kTorchvision);
  EXPECT_GT(
      greatest_difference(applied(*tf, "wide.jpg", 56), applied(*torchvision, "wide.jpg", 56)), 8);
}

}  // namespace
}  // namespace train_backbone::data
