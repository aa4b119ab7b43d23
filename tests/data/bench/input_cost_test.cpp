#include "train_backbone/data/bench/input_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/data/batch/record_folder.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/bench/plain_decode.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

constexpr int kSize = 32;

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(PlainDecode, GivesThePixelsOfDecode) {
  std::vector<uint8_t> plain;
  for (const char* name : {"wide.jpg", "gray.jpg", "progressive.jpg", "png_palette.png"}) {
    const std::string picture = golden_picture(name);
    Image image;
    decode(bytes_of(picture), image);
    plain_decode(bytes_of(picture), plain);
    ASSERT_GE(plain.size(), image.pixels.size()) << name;
    EXPECT_TRUE(std::equal(image.pixels.begin(), image.pixels.end(), plain.begin())) << name;
  }
}

TEST(PlainDecode, RefusesWhatIsNoPicture) {
  std::vector<uint8_t> plain;
  EXPECT_THROW(plain_decode(bytes_of("\xFF\xD8\xFF\xE0"), plain), ImageError);
  EXPECT_THROW(plain_decode(bytes_of("text"), plain), ImageError);
}

class InputCostTest : public testing::Test {
 protected:
  static std::vector<TestRecord> jpegs() {
    const std::string picture = golden_picture("wide.jpg");
    return std::vector<TestRecord>(20, TestRecord{picture, 1, "wide.jpg"});
  }
  static RecordStore open(const std::string& folder, const std::vector<TestRecord>& records) {
    return RecordStore(ShardIndex::open(write_shards(folder, records, 2), "train"));
  }
};

TEST_F(InputCostTest, EveryStageTakesTime) {
  const RecordStore store = open("input_cost_stages", jpegs());
  const auto transform = make_training_transform("none", kSize);
  InputCost cost(store, *transform, kSize, 1);
  std::vector<uint64_t> records(store.size());
  for (size_t index = 0; index < records.size(); ++index) records[index] = index;
  const InputSeconds seconds = cost.stage_seconds(records, 0);
  EXPECT_GT(seconds.checksum, 0);
  EXPECT_GT(seconds.parse, 0);
  EXPECT_GT(seconds.transform.entropy, 0);
  EXPECT_GT(seconds.transform.pixels, 0);
  EXPECT_GT(seconds.transform.resize, 0);
  EXPECT_LT(seconds.parse, seconds.transform.entropy);
  EXPECT_NEAR(seconds.total(),
              seconds.read + seconds.checksum + seconds.parse + seconds.transform.entropy +
                  seconds.transform.pixels + seconds.transform.resize,
              1e-12);
}

TEST_F(InputCostTest, MoreRecordsTakeLonger) {
  const RecordStore store = open("input_cost_more", jpegs());
  const auto transform = make_evaluation_transform(kSize, 0.875);
  InputCost cost(store, *transform, kSize, 1);
  const std::vector<uint64_t> one = {0};
  const std::vector<uint64_t> many(200, 1);
  cost.pipeline_seconds(one, 0);  // first use allocates
  EXPECT_GT(cost.pipeline_seconds(many, 0), cost.pipeline_seconds(one, 0));
  EXPECT_GT(cost.plain_decode_seconds(many), cost.plain_decode_seconds(one));
}

// What is measured is what training does: the same samples, drawn from seed, epoch and record.
TEST(TransformMeasure, GivesThePixelsOfApply) {
  const std::string picture = golden_picture("wide.jpg");
  const auto transform = make_training_transform("original", kSize);
  std::vector<uint8_t> applied(size_t{3} * kSize * kSize);
  std::vector<uint8_t> measured(applied.size());
  for (uint64_t sample = 0; sample < 5; ++sample) {
    core::SampleRng one(1, core::RngStream::kAugment, 0, sample);
    core::SampleRng other(1, core::RngStream::kAugment, 0, sample);
    TransformSeconds seconds;
    transform->apply(bytes_of(picture), one, applied);
    transform->measure(bytes_of(picture), other, measured, seconds);
    EXPECT_EQ(applied, measured);
  }
}

TEST_F(InputCostTest, DamagedRecordsAreNamed) {
  const RecordStore store = open("input_cost_damaged", {{"no picture", 1, "text"}});
  const auto transform = make_training_transform("none", kSize);
  InputCost cost(store, *transform, kSize, 1);
  const std::vector<uint64_t> records = {0};
  const auto names_the_place = testing::ThrowsMessage<core::DataError>(testing::AllOf(
      testing::HasSubstr("train-"), testing::HasSubstr("byte 0"), testing::HasSubstr("prepare")));
  EXPECT_THAT([&] { cost.pipeline_seconds(records, 0); }, names_the_place);
  EXPECT_THAT([&] { cost.plain_decode_seconds(records); }, names_the_place);
  EXPECT_THAT([&] { cost.stage_seconds(records, 0); }, names_the_place);
}

}  // namespace
}  // namespace train_backbone::data
