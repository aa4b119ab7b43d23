#include "data/batch/record_sample_reader.h"

#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/image/decode.h"

namespace train_backbone::data {
namespace {

std::string picture_name(const ExampleView& example) {
  return example.filename.empty() ? "picture without a name"
                                  : core::format("picture '{}'", example.filename);
}

}  // namespace

RecordSampleReader::RecordSampleReader(const RecordStore& store, const ImageTransform& transform,
                                       const ClassRange& classes, uint64_t seed,
                                       std::shared_ptr<LoaderClock> clock)
    : store_(store),
      transform_(transform.clone()),
      classes_(classes),
      seed_(seed),
      clock_(std::move(clock)) {}

int64_t RecordSampleReader::read(uint64_t record, const SampleRef& sample,
                                 std::span<uint8_t> pixels) {
  const ExampleView example = parse(record);
  if (!example.label) {
    store_.throw_damaged(record, core::format("{}: no image/class/label", picture_name(example)));
  }
  const auto index = class_of_label(*example.label, classes_);
  if (!index) {
    throw core::DataError(
        store_.shard_of(record), store_.offset_of(record),
        core::format("{}: {}", picture_name(example), label_message(*example.label, classes_)));
  }
  core::SampleRng rng(seed_, core::RngStream::kAugment, sample.epoch, sample.record);
  const auto begin = LoaderClock::Clock::now();
  try {
    transform_->apply(example.encoded, rng, pixels);
  } catch (const ImageError& error) {
    store_.throw_damaged(record, core::format("{}: {}", picture_name(example), error.what()));
  }
  if (clock_) clock_->add_decoding(LoaderClock::Clock::now() - begin);
  return *index;
}

ExampleView RecordSampleReader::parse(uint64_t record) {
  const auto begin = LoaderClock::Clock::now();
  const std::span<const uint8_t> bytes = store_.read(record, buffer_);
  note_reading(begin, bytes.size());
  const auto example = parse_example(bytes);
  if (!example) store_.throw_damaged(record, "the record is no tf.train.Example");
  return *example;
}

// The system takes its time for the advice where the disk cannot follow.
void RecordSampleReader::will_need(const RecordRange& records) const {
  const auto begin = LoaderClock::Clock::now();
  store_.will_need(records);
  note_reading(begin, 0);
}

void RecordSampleReader::note_reading(LoaderClock::Clock::time_point begin, uint64_t bytes) const {
  if (clock_) clock_->add_reading(LoaderClock::Clock::now() - begin, bytes);
}

}  // namespace train_backbone::data
