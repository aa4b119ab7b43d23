#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "record_folder.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/batch/sources.h"
#include "train_backbone/data/record/record_writer.h"

// What becomes of damaged records with --on_bad_record fail and skip.
namespace train_backbone::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kSize = 8;
constexpr uint64_t kRecords = 40;
constexpr uint64_t kBadBytes = 4;     // its checksum does not match
constexpr uint64_t kCutPicture = 17;  // a JPEG without its end
constexpr uint64_t kNoPicture = 30;
const std::set<uint64_t> kBad = {kBadBytes, kCutPicture, kNoPicture};

RecordStore open_store(const std::filesystem::path& folder) {
  return RecordStore(ShardIndex::open(folder, "train"));
}

void break_bytes(const RecordStore& store, uint64_t record) {
  std::fstream shard(store.shard_of(record), std::ios::in | std::ios::out | std::ios::binary);
  shard.seekp(static_cast<std::streamoff>(store.offset_of(record)) + 40);
  shard.put('\x5A').put('\x5B').put('\x5C');
}

RecordStore whole_store() { return open_store(write_shards("whole", make_records(kRecords), 3)); }

RecordStore damaged_store() {
  std::vector<TestRecord> records = make_records(kRecords);
  records[kCutPicture].picture = golden_picture("ycc420.jpg").substr(0, 1500);
  records[kNoPicture].picture = "just some text";
  RecordStore store = open_store(write_shards("damaged", records, 3));
  break_bytes(store, kBadBytes);
  return store;
}

struct Place {
  int64_t rank = 0;
  int64_t world = 1;
  uint64_t first_step = 0;
};

// Three epochs of 40 records in steps of 12.
std::unique_ptr<BatchSource> training(const RecordStore& store, int workers, Place place = {},
                                      bool skip = true) {
  return make_training_source(store, *make_training_transform("original", kSize),
                              {.seed = 3,
                               .batch_size = 12 / place.world,
                               .global_batch_size = 12,
                               .rank = place.rank,
                               .first_step = place.first_step,
                               .end_step = 10,
                               .num_classes = 10,
                               .image_size = kSize,
                               .workers = workers,
                               .skip_damaged = skip});
}

std::unique_ptr<BatchSource> evaluation(const RecordStore& store, int64_t batch_size, bool skip) {
  return make_evaluation_source(store, *make_evaluation_transform(kSize, 0.875),
                                {.batch_size = batch_size,
                                 .num_classes = 10,
                                 .image_size = kSize,
                                 .workers = 3,
                                 .first_record = 0,
                                 .end_record = store.size(),
                                 .skip_damaged = skip});
}

// Everything that a source delivers, sample by sample.
struct Delivered {
  std::vector<uint64_t> records;
  std::vector<int64_t> labels;
  std::vector<std::vector<uint8_t>> pictures;
  std::vector<uint64_t> damaged;

  void add(const Batch& batch) {
    constexpr ptrdiff_t kBytes = kSize * kSize * 3;
    for (auto at = batch.images.begin(); at != batch.images.end(); at += kBytes) {
      pictures.emplace_back(at, at + kBytes);
    }
    records.insert(records.end(), batch.records.begin(), batch.records.end());
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
    for (const DamagedRecord& record : batch.damaged) damaged.push_back(record.record);
  }
  bool operator==(const Delivered&) const = default;
};

Delivered all_of(BatchSource& source) {
  Delivered all;
  while (const auto batch = source.next()) all.add(*batch);
  return all;
}

TEST(SkippedInTraining, OthersTakeTheirPlaceAndNothingElseChanges) {
  const RecordStore whole = whole_store();
  const RecordStore store = damaged_store();
  const Delivered expected = all_of(*training(whole, 2));
  const Delivered actual = all_of(*training(store, 2));
  ASSERT_EQ(actual.records.size(), expected.records.size());
  int replaced = 0;
  for (size_t i = 0; i < expected.records.size(); ++i) {
    ASSERT_FALSE(kBad.contains(actual.records[i]));
    ASSERT_EQ(actual.labels[i], static_cast<int64_t>(actual.records[i] % 10));
    if (kBad.contains(expected.records[i])) {
      ++replaced;
    } else {
      ASSERT_EQ(actual.records[i], expected.records[i]);
      ASSERT_EQ(actual.pictures[i], expected.pictures[i]);
    }
  }
  EXPECT_EQ(replaced, 9);  // three records in each of three epochs
  EXPECT_GE(actual.damaged.size(), 9U);
  EXPECT_EQ(std::set<uint64_t>(actual.damaged.begin(), actual.damaged.end()), kBad);
}

TEST(SkippedInTraining, TheOutcomeIsTheSameForAnyNumberOfWorkers) {
  const RecordStore store = damaged_store();
  const Delivered one = all_of(*training(store, 1));
  for (int attempt = 0; attempt < 5; ++attempt) {
    EXPECT_TRUE(all_of(*training(store, 7)) == one);
  }
}

TEST(SkippedInTraining, TheOutcomeIsTheSameForAnyNumberOfRanks) {
  const RecordStore store = damaged_store();
  const Delivered one = all_of(*training(store, 2));
  for (const int64_t world : {2, 3}) {
    std::vector<std::unique_ptr<BatchSource>> ranks;
    for (int64_t rank = 0; rank < world; ++rank) {
      ranks.push_back(training(store, 2, {.rank = rank, .world = world}));
    }
    Delivered joined;
    for (int step = 0; step < 10; ++step) {
      for (const auto& rank : ranks) joined.add(rank->next().value());
    }
    EXPECT_TRUE(joined == one) << world << " ranks";
  }
}

TEST(SkippedInTraining, AResumedRunSeesTheSame) {
  const RecordStore store = damaged_store();
  Delivered whole;
  const auto source = training(store, 2);
  for (int step = 0; step < 4; ++step) source->next();
  while (const auto batch = source->next()) whole.add(*batch);
  EXPECT_TRUE(all_of(*training(store, 3, {.first_step = 4})) == whole);
}

// An Example with image/filename "x" alone, in protobuf's wire format.
TEST(LeftOutInEvaluation, ARecordWithoutALabelIsDamaged) {
  const auto folder = write_shards("no_label", make_records(3), 1);
  const std::string value = std::string("\x0A\x03\x0A\x01") + "x";
  const std::string entry = std::string("\x0A\x0E") + "image/filename" + "\x12\x05" + value;
  const std::string features = "\x0A" + std::string(1, static_cast<char>(entry.size())) + entry;
  const std::string example =
      "\x0A" + std::string(1, static_cast<char>(features.size())) + features;
  RecordWriter writer(folder / "train-1");
  writer.write({reinterpret_cast<const uint8_t*>(example.data()), example.size()});
  writer.commit();
  const RecordStore store = open_store(folder);
  const Batch batch = evaluation(store, 8, true)->next().value();
  EXPECT_EQ(batch.size, 3);
  ASSERT_EQ(batch.damaged.size(), 1U);
  EXPECT_EQ(batch.damaged[0].record, 3U);
  EXPECT_EQ(batch.damaged[0].shard, folder / "train-1");
  EXPECT_THAT(batch.damaged[0].reason, HasSubstr("picture 'x': no image/class/label"));
}

TEST(SkippedInTraining, ALabelThatFitsNoClassStaysAnError) {
  std::vector<TestRecord> records = make_records(kRecords);
  records[5].label = 11;
  const RecordStore store = open_store(write_shards("label", records, 1));
  EXPECT_THAT([&] { all_of(*training(store, 2)); },
              ThrowsMessage<core::DataError>(HasSubstr("label 11 does not fit")));
}

TEST(SkippedInTraining, AFolderOfDamagedRecordsEndsTheRun) {
  std::vector<TestRecord> records = make_records(kRecords);
  for (TestRecord& record : records) record.picture = "text";
  const RecordStore store = open_store(write_shards("all_bad", records, 1));
  EXPECT_THAT([&] { all_of(*training(store, 2)); },
              ThrowsMessage<core::DataError>(
                  AllOf(HasSubstr("train-00000-of-00001 at byte"), HasSubstr("right folder"))));
}

TEST(LeftOutInEvaluation, EveryOtherRecordIsSeenOnce) {
  const RecordStore store = damaged_store();
  for (const int64_t batch_size : {1, 8, 64}) {
    const Delivered all = all_of(*evaluation(store, batch_size, true));
    std::vector<uint64_t> expected;
    for (uint64_t record = 0; record < kRecords; ++record) {
      if (!kBad.contains(record)) expected.push_back(record);
    }
    EXPECT_EQ(all.records, expected);
    EXPECT_THAT(all.damaged, ElementsAre(kBadBytes, kCutPicture, kNoPicture));
  }
}

TEST(LeftOutInEvaluation, TheDamagedOnesAreNamed) {
  const RecordStore store = damaged_store();
  const Batch batch = evaluation(store, 64, true)->next().value();
  ASSERT_EQ(batch.damaged.size(), 3U);
  const DamagedRecord& cut = batch.damaged[1];
  EXPECT_EQ(cut.shard, store.shard_of(kCutPicture));
  EXPECT_EQ(cut.offset, store.offset_of(kCutPicture));
  EXPECT_THAT(cut.reason, AllOf(HasSubstr("picture_17.JPEG"), HasSubstr("remature end of")));
  EXPECT_THAT(batch.damaged[0].reason, HasSubstr("checksum"));
}

TEST(FailingOnDamage, TheMessageSaysWhatToDo) {
  const RecordStore store = damaged_store();
  EXPECT_THAT([&] { all_of(*training(store, 2, {}, false)); },
              ThrowsMessage<core::DataError>(
                  AllOf(HasSubstr("at byte"), HasSubstr("--on_bad_record skip"),
                        HasSubstr("prepare --verify_images --on_bad_image skip"))));
  EXPECT_THAT([&] { all_of(*evaluation(store, 8, false)); },
              ThrowsMessage<core::DataError>(
                  AllOf(HasSubstr("at byte " + std::to_string(store.offset_of(kBadBytes))),
                        HasSubstr("--on_bad_record skip leaves damaged records out"))));
}

}  // namespace
}  // namespace train_backbone::data
