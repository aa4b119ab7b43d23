#include "shard_outcome.h"

#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/rng.h"
#include "train_backbone/data/image/decode.h"
#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/record_reader.h"
#include "train_backbone/data/record/record_store.h"

namespace train_backbone::data {
namespace {

constexpr int kSize = 16;

std::string entry(uint64_t offset, std::span<const uint8_t> bytes) {
  return core::format("{} {:08x}", offset, core::crc32c(bytes));
}

std::string read_picture(const RecordStore& store, uint64_t record, ImageTransform& transform,
                         std::vector<uint8_t>& buffer) {
  const std::span<const uint8_t> bytes = store.read(record, buffer);
  const uint64_t offset = store.offset_of(record);
  const auto example = parse_example(bytes);
  if (!example) throw core::DataError(store.shard_of(record), offset, "no tf.train.Example");
  core::SampleRng rng(1, core::RngStream::kAugment, 0, static_cast<uint32_t>(record));
  std::vector<uint8_t> pixels(size_t{kSize} * kSize * 3);
  try {
    transform.apply(example->encoded, rng, pixels);
  } catch (const ImageError& error) {
    throw core::DataError(store.shard_of(record), offset, error.what());
  }
  return entry(offset, pixels);
}

}  // namespace

ShardOutcome read_in_order(const std::filesystem::path& shard) {
  ShardOutcome outcome;
  try {
    RecordReader reader(shard);
    std::vector<uint8_t> record;
    for (uint64_t offset = 0; reader.next(record) == ReadResult::kRecord;
         offset = reader.offset()) {
      outcome.records.push_back(entry(offset, record));
    }
  } catch (const core::DataError& error) {
    outcome.errors.emplace_back(error.what());
  }
  return outcome;
}

ShardOutcome read_by_index(const std::filesystem::path& shard) {
  ShardOutcome outcome;
  try {
    const auto transform = make_training_transform("original", kSize);
    // Nowhere: a sidecar of another shard of the same size and second must not be found.
    const RecordStore store(ShardIndex::open(shard.parent_path(), "train", "/dev/null/index"));
    std::vector<uint8_t> buffer;
    for (uint64_t record = 0; record < store.size(); ++record) {
      try {
        outcome.records.push_back(read_picture(store, record, *transform, buffer));
      } catch (const core::DataError& error) {
        outcome.errors.emplace_back(error.what());
      }
    }
  } catch (const core::DataError& error) {
    outcome.errors.emplace_back(error.what());
  }
  return outcome;
}

}  // namespace train_backbone::data
