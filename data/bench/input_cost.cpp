#include "train_backbone/data/bench/input_cost.h"

#include <chrono>

#include "data/image/thread_clock.h"
#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/batch/sources.h"
#include "train_backbone/data/bench/plain_decode.h"
#include "train_backbone/data/image/decode.h"
#include "train_backbone/data/record/example.h"

namespace train_backbone::data {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

// Runs `work`, which decodes the record's picture.
template <class Work>
void naming_its_place(const RecordStore& store, uint64_t record, Work work) {
  try {
    work();
  } catch (const ImageError& error) {
    throw core::DataError(store.shard_of(record), store.offset_of(record),
                          core::format("{}. {}", error.what(), kPrepareAdvice));
  }
}

ExampleView parsed(const RecordStore& store, uint64_t record, std::span<const uint8_t> bytes) {
  const auto example = parse_example(bytes);
  if (!example) {
    throw core::DataError(store.shard_of(record), store.offset_of(record),
                          "the record is no tf.train.Example");
  }
  return *example;
}

core::SampleRng augmentation_rng(uint64_t seed, uint64_t epoch, uint64_t record) {
  return {seed, core::RngStream::kAugment, epoch, record};
}

}  // namespace

InputCost::InputCost(const RecordStore& store, const ImageTransform& transform, int size,
                     uint64_t seed)
    : store_(store),
      transform_(transform.clone()),
      seed_(seed),
      sample_(size_t{3} * static_cast<size_t>(size) * static_cast<size_t>(size)) {}

std::span<const uint8_t> InputCost::encoded(uint64_t record) {
  return parsed(store_, record, store_.read(record, buffer_)).encoded;
}

double InputCost::pipeline_seconds(std::span<const uint64_t> records, uint64_t epoch) {
  const Clock::time_point begin = Clock::now();
  for (const uint64_t record : records) {
    core::SampleRng rng = augmentation_rng(seed_, epoch, record);
    naming_its_place(store_, record, [&] { transform_->apply(encoded(record), rng, sample_); });
  }
  return seconds_between(begin, Clock::now());
}

double InputCost::plain_decode_seconds(std::span<const uint64_t> records) {
  double seconds = 0;
  for (const uint64_t record : records) {
    const std::span<const uint8_t> picture = encoded(record);
    const Clock::time_point begin = Clock::now();
    naming_its_place(store_, record, [&] { plain_decode(picture, plain_); });
    seconds += seconds_between(begin, Clock::now());
  }
  return seconds;
}

// read() checks the sum too; taken alone, the sum tells what of it was reading. Reading may wait
// for a disk, so that its time is the wall's; the rest is what this thread computes.
InputSeconds InputCost::stage_seconds(std::span<const uint64_t> records, uint64_t epoch) {
  InputSeconds seconds;
  for (const uint64_t record : records) {
    const Clock::time_point begin = Clock::now();
    const std::span<const uint8_t> bytes = store_.read(record, buffer_);
    const double read_and_checked = seconds_between(begin, Clock::now());
    ThreadClock clock;
    const volatile uint32_t sum = core::crc32c(bytes);  // volatile: it must be computed
    static_cast<void>(sum);
    const double checksum = clock.lap();
    const ExampleView example = parsed(store_, record, bytes);
    seconds.parse += clock.lap();
    seconds.checksum += checksum;
    seconds.read += read_and_checked - checksum;
    core::SampleRng rng = augmentation_rng(seed_, epoch, record);
    naming_its_place(store_, record, [&] {
      transform_->measure(example.encoded, rng, sample_, seconds.transform);
    });
  }
  return seconds;
}

}  // namespace train_backbone::data
