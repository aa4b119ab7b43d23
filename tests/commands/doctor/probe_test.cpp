#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "commands/doctor/data_facts.h"
#include "commands/doctor/machine_facts.h"
#include "tests/support/scratch.h"
#include "train_backbone/data/record/example_writer.h"
#include "train_backbone/data/record/record_writer.h"

namespace train_backbone::commands {
namespace {

using testing::HasSubstr;

std::filesystem::path shard_of(const std::filesystem::path& folder) {
  return folder / "train-00000-of-00001";
}

// Records that are no pictures: a doctor looks at labels and checksums.
std::filesystem::path make_shard(int records) {
  const auto folder = test::scratch_folder();
  data::RecordWriter writer(shard_of(folder));
  std::string bytes;
  for (int i = 0; i < records; ++i) {
    const std::string picture(1000, static_cast<char>(i));
    data::write_example(
        {.label = 3 + i, .synset = "n1", .text = "a", .filename = "a.JPEG", .encoded = picture},
        bytes);
    writer.write({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }
  writer.commit();
  return folder;
}

TEST(Probe, FindsRecordsLabelsAndTheIndex) {
  const auto folder = make_shard(20);
  std::optional<data::RecordStore> store;
  const DataProbeSettings settings{.option = "--train_data_dir",
                                   .folder = folder,
                                   .prefix = "train",
                                   .index_dir = {},
                                   .records = 10};
  const DataSetFacts first = probe_data_set(settings, store);
  EXPECT_EQ(first.failure, "");
  EXPECT_EQ(first.records, 20U);
  EXPECT_EQ(first.checked, 10U);
  EXPECT_EQ(first.damaged, 0U);
  EXPECT_EQ(first.lowest_label, 3);
  EXPECT_EQ(first.highest_label, 21);
  EXPECT_EQ(first.index_origin, data::IndexOrigin::kMade);
  EXPECT_EQ(first.newest_file, shard_of(folder).string());
  EXPECT_EQ(probe_data_set(settings, store).index_origin, data::IndexOrigin::kKept);

  const DiskFacts disk = probe_disk(*store, 5, 2);
  EXPECT_GT(disk.bytes, 20'000U);
  EXPECT_LT(disk.seconds, 5);  // each piece once
}

TEST(Probe, CountsDamagedRecordsOfTheSample) {
  const auto folder = make_shard(20);
  std::string bytes = test::slurp(shard_of(folder));
  bytes[bytes.size() / 2 + 600] ^= 1;  // in the middle of a picture
  test::spill(shard_of(folder), bytes);
  std::optional<data::RecordStore> store;
  const DataSetFacts facts = probe_data_set(
      {.option = "", .folder = folder, .prefix = "train", .index_dir = {}, .records = 1000}, store);
  EXPECT_EQ(facts.checked, 20U);
  EXPECT_EQ(facts.damaged, 1U);
  EXPECT_THAT(facts.first_damage, HasSubstr("checksum"));
}

TEST(Probe, AFolderThatIsNotThereIsNoException) {
  std::optional<data::RecordStore> store;
  const DataSetFacts facts = probe_data_set(
      {.option = "", .folder = "/no/such/folder", .prefix = "train", .index_dir = {}}, store);
  EXPECT_THAT(facts.failure, HasSubstr("/no/such/folder"));
  EXPECT_FALSE(store);
}

TEST(Probe, SeesTheLimitsOfThisProcess) {
  rlimit before{};
  ::getrlimit(RLIMIT_MEMLOCK, &before);
  const rlimit low{.rlim_cur = 65536, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_MEMLOCK, &low);
  EXPECT_EQ(probe_limits(7).locked_memory, 65536U);
  EXPECT_EQ(probe_limits(7).shards, 7U);
  ::setrlimit(RLIMIT_MEMLOCK, &before);
}

TEST(Probe, LooksAtTheFolderAboveOneThatIsNotThereYet) {
  const auto folder = test::scratch_folder();
  const SpaceFacts facts = probe_space((folder / "a/b/c").string(), "resnet18v1_b", 5);
  EXPECT_TRUE(facts.writable);
  EXPECT_GT(facts.free, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

}  // namespace
}  // namespace train_backbone::commands
