#include "train_backbone/data/batch/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <stdexcept>

#include "record_folder.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/record/record_writer.h"

namespace train_backbone::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kSize = 16;

std::vector<Batch> all_of(BatchSource& source) {
  std::vector<Batch> batches;
  while (auto batch = source.next()) {
    batches.push_back(std::move(*batch));
  }
  return batches;
}

void expect_equal(const Batch& actual, const Batch& expected) {
  EXPECT_EQ(actual.size, expected.size);
  EXPECT_EQ(actual.records, expected.records);
  EXPECT_EQ(actual.epochs, expected.epochs);
  EXPECT_EQ(actual.labels, expected.labels);
  EXPECT_EQ(actual.images, expected.images);
}

RecordStore open_store(const std::filesystem::path& folder) {
  return RecordStore(ShardIndex::open(folder, "train"));
}

class Sources : public testing::Test {
 protected:
  // Five epochs and a half of 37 records.
  static std::unique_ptr<BatchSource> training(const RecordStore& store, int workers,
                                               uint64_t first_step = 0, int64_t rank = 0,
                                               int64_t world = 1) {
    return make_training_source(store, *make_training_transform("original", kSize),
                                {.seed = 17,
                                 .batch_size = 12 / world,
                                 .global_batch_size = 12,
                                 .rank = rank,
                                 .first_step = first_step,
                                 .end_step = 17,
                                 .num_classes = 10,
                                 .image_size = kSize,
                                 .workers = workers});
  }

  static std::unique_ptr<BatchSource> evaluation(const RecordStore& store, int workers,
                                                 int64_t label_offset = 1) {
    return make_evaluation_source(store, *make_evaluation_transform(kSize, 0.875),
                                  {.batch_size = 8,
                                   .num_classes = 10,
                                   .label_offset = label_offset,
                                   .image_size = kSize,
                                   .workers = workers,
                                   .first_record = 0,
                                   .end_record = store.size()});
  }
};

TEST_F(Sources, TrainingBatchesAreTheSameForAnyNumberOfWorkers) {
  const RecordStore store = open_store(write_shards("workers", make_records(37), 3));
  const std::vector<Batch> one = all_of(*training(store, 1));
  const std::vector<Batch> four = all_of(*training(store, 4));
  ASSERT_EQ(one.size(), 17U);
  ASSERT_EQ(four.size(), 17U);
  for (size_t step = 0; step < one.size(); ++step) {
    expect_equal(four[step], one[step]);
  }
}

TEST_F(Sources, TellHowLongTheirThreadsReadAndDecode) {
  const RecordStore store = open_store(write_shards("clock", make_records(37), 3));
  const auto source = training(store, 2);
  const size_t batches = all_of(*source).size();
  const LoaderWork work = source->work_done();
  EXPECT_GT(work.seconds_reading, 0);
  EXPECT_GT(work.seconds_decoding, 0);
  EXPECT_GT(work.bytes_read, batches * 12 * 100);  // pictures of hundreds of bytes
}

TEST_F(Sources, TrainingLabelsBelongToTheirRecordsAndEpochsDiffer) {
  const RecordStore store = open_store(write_shards("labels", make_records(37), 3));
  std::set<std::vector<uint8_t>> crops;
  for (const Batch& batch : all_of(*training(store, 2))) {
    for (size_t index = 0; index < batch.records.size(); ++index) {
      ASSERT_EQ(batch.labels[index], static_cast<int64_t>(batch.records[index] % 10));
      if (batch.records[index] == 0) {
        const auto first = batch.images.begin() + static_cast<ptrdiff_t>(index) * kSize * kSize * 3;
        crops.emplace(first, first + kSize * kSize * 3);
      }
    }
  }
  EXPECT_GE(crops.size(), 5U);  // the same record is cropped anew in every epoch
}

TEST_F(Sources, TrainingFromALaterStepEqualsTheTail) {
  const RecordStore store = open_store(write_shards("tail", make_records(37), 2));
  const std::vector<Batch> whole = all_of(*training(store, 2));
  const std::vector<Batch> tail = all_of(*training(store, 3, 9));
  ASSERT_EQ(tail.size(), 8U);
  for (size_t step = 0; step < tail.size(); ++step) {
    expect_equal(tail[step], whole[step + 9]);
  }
}

TEST_F(Sources, RanksTogetherSeeTheGlobalBatch) {
  const RecordStore store = open_store(write_shards("ranks", make_records(37), 2));
  const auto whole = training(store, 2);
  const auto first = training(store, 2, 0, 0, 2);
  const auto second = training(store, 1, 0, 1, 2);
  while (const auto expected = whole->next()) {
    Batch joined = first->next().value();
    const Batch rest = second->next().value();
    joined.size += rest.size;
    const auto append = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(joined.images, rest.images);
    append(joined.labels, rest.labels);
    append(joined.records, rest.records);
    append(joined.epochs, rest.epochs);
    expect_equal(joined, *expected);
  }
}

TEST_F(Sources, EvaluationSeesEachRecordOnceWithASmallerLastBatch) {
  const RecordStore store = open_store(write_shards("evaluation", make_records(37), 3));
  for (const int workers : {1, 4}) {
    uint64_t record = 0;
    const std::vector<Batch> batches = all_of(*evaluation(store, workers));
    ASSERT_EQ(batches.size(), 5U);
    EXPECT_EQ(batches.back().size, 5);
    EXPECT_EQ(batches.back().images.size(), 5U * kSize * kSize * 3);
    for (const Batch& batch : batches) {
      for (size_t index = 0; index < batch.records.size(); ++index, ++record) {
        ASSERT_EQ(batch.records[index], record);
        ASSERT_EQ(batch.labels[index], static_cast<int64_t>(record % 10));
      }
    }
    EXPECT_EQ(record, 37U);
  }
}

TEST_F(Sources, ALabelOutsideTheClassesNamesRecordAndOption) {
  std::vector<TestRecord> records = make_records(20);
  records[13].label = 0;
  const RecordStore store = open_store(write_shards("bad_label", records, 2));
  const auto source = evaluation(store, 2);
  EXPECT_EQ(source->next().value().size, 8);
  const std::string offset = std::to_string(store.offset_of(13));
  EXPECT_THAT(
      [&] { source->next(); },
      ThrowsMessage<core::DataError>(AllOf(
          HasSubstr("train-00001-of-00002"), HasSubstr("at byte " + offset + ":"),
          HasSubstr("picture_13.JPEG"), HasSubstr("label 0"), HasSubstr("--label_offset 0"))));
}

TEST_F(Sources, APictureThatCannotBeDecodedIsNamed) {
  std::vector<TestRecord> records = make_records(20);
  records[3].picture = "just some text";
  const RecordStore text = open_store(write_shards("text", records, 1));
  EXPECT_THAT([&] { all_of(*training(text, 2)); },
              ThrowsMessage<core::DataError>(AllOf(HasSubstr("train-00000-of-00001 at byte"),
                                                   HasSubstr("picture_3.JPEG"),
                                                   HasSubstr("neither JPEG nor PNG"))));
  records[3].picture = golden_picture("ycc420.jpg").substr(0, 1500);
  const RecordStore cut = open_store(write_shards("cut", records, 1));
  EXPECT_THAT([&] { all_of(*training(cut, 2)); },
              ThrowsMessage<core::DataError>(
                  AllOf(HasSubstr("picture_3.JPEG"), HasSubstr("remature end of"))));
}

TEST_F(Sources, ARecordWithoutExampleIsNamed) {
  const auto folder = write_shards("no_example", make_records(3), 1);
  const std::vector<uint8_t> junk = {0xFF, 0xFF, 0xFF, 1, 2, 3};
  RecordWriter writer(folder / "train-1");
  writer.write(junk);
  writer.commit();
  const RecordStore store = open_store(folder);
  EXPECT_THAT([&] { all_of(*evaluation(store, 1)); },
              ThrowsMessage<core::DataError>(
                  AllOf(HasSubstr("train-1 at byte 0"), HasSubstr("tf.train.Example"))));
}

TEST_F(Sources, ADamagedRecordIsNamed) {
  const auto folder = write_shards("damaged", make_records(12), 1);
  const RecordStore store = open_store(folder);
  {
    std::fstream shard(folder / "train-00000-of-00001",
                       std::ios::in | std::ios::out | std::ios::binary);
    shard.seekp(static_cast<std::streamoff>(store.offset_of(9)) + 200);
    shard.put('\x5A').put('\x5B').put('\x5C');
  }
  const auto source = evaluation(store, 3);
  EXPECT_EQ(source->next().value().size, 8);
  EXPECT_THAT(
      [&] { source->next(); },
      ThrowsMessage<core::DataError>(HasSubstr("at byte " + std::to_string(store.offset_of(9)))));
}

TEST_F(Sources, RefusesToWorkWithoutThreads) {
  const RecordStore store = open_store(write_shards("threads", make_records(3), 1));
  EXPECT_THROW(training(store, 0), std::invalid_argument);
}

}  // namespace
}  // namespace train_backbone::data
