#include "commands/doctor/judge_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

using testing::HasSubstr;

DataSetFacts good_set() {
  DataSetFacts facts;
  facts.option = "--train_data_dir";
  facts.folder = "shards";
  facts.shards = 2;
  facts.records = 1000;
  facts.bytes = 110'000'000;
  facts.checked = 500;
  facts.lowest_label = 1;
  facts.highest_label = 1000;
  return facts;
}

TEST(JudgeData, AGoodSetIsToldWithItsFigures) {
  const std::vector<Finding> findings = judge_data_set(good_set());
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].level, FindingLevel::kOk);
  EXPECT_THAT(findings[0].text, HasSubstr("1000 records in 2 shards (105 MiB); 500 checked, labels "
                                          "1 to 1000"));
  EXPECT_EQ(findings[1].level, FindingLevel::kOk);
}

TEST(JudgeData, WhatCannotBeOpenedIsAnErrorOfTheData) {
  DataSetFacts facts = good_set();
  facts.failure = "shards: train-00001-of-00002 is missing";
  const std::vector<Finding> findings = judge_data_set(facts);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(exit_code_of(findings), 3);
  EXPECT_THAT(findings[0].text, HasSubstr("train-00001-of-00002 is missing"));
}

TEST(JudgeData, DamageInTheSampleIsAnError) {
  DataSetFacts facts = good_set();
  facts.damaged = 3;
  facts.first_damage = "shards/train-00000-of-00002 at byte 77: corrupt";
  const std::vector<Finding> findings = judge_data_set(facts);
  EXPECT_EQ(findings[0].level, FindingLevel::kError);
  EXPECT_THAT(findings[0].text, HasSubstr("3 of 500 checked are damaged, the first: shards/train"));
}

TEST(JudgeData, LabelsFromZeroNameTheOption) {
  DataSetFacts facts = good_set();
  facts.lowest_label = 0;
  EXPECT_THAT(judge_data_set(facts)[0].text, HasSubstr("--label_offset 0"));
}

TEST(JudgeData, AnIndexThatIsLostIsNamed) {
  DataSetFacts facts = good_set();
  facts.folder_writable = false;
  EXPECT_EQ(judge_data_set(facts)[1].level, FindingLevel::kWarning);
  EXPECT_THAT(judge_data_set(facts)[1].text, HasSubstr("read-only"));
  facts.has_index_dir = true;
  EXPECT_EQ(judge_data_set(facts)[1].level, FindingLevel::kOk);
  facts.index_origin = data::IndexOrigin::kNotKept;
  EXPECT_EQ(judge_data_set(facts)[1].level, FindingLevel::kWarning);
  EXPECT_THAT(judge_data_set(facts)[1].text, HasSubstr("every start makes it again"));
}

TEST(JudgeData, ADiskIsSlowWhereItDoesNotFeedTheCores) {
  DiskFacts facts{.bytes = 400'000'000, .seconds = 2, .record_bytes = 100'000, .cores = 4};
  EXPECT_EQ(judge_disk(facts).level, FindingLevel::kOk);  // 200 MB/s for 180
  EXPECT_THAT(judge_disk(facts).text, HasSubstr("2000 pictures/s"));
  facts.cores = 8;
  EXPECT_EQ(judge_disk(facts).level, FindingLevel::kWarning);
  EXPECT_THAT(judge_disk(facts).text, HasSubstr("8 cores can decode"));
  facts.cached_share = 0.9;
  EXPECT_EQ(judge_disk(facts).level, FindingLevel::kOk);
  EXPECT_THAT(judge_disk(facts).text, HasSubstr("90 % lay in memory"));
  facts.bytes = 1000;
  EXPECT_THAT(judge_disk(facts).text, HasSubstr("too few"));
}

}  // namespace
}  // namespace train_backbone::commands
