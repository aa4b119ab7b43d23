#include "data/batch/replacing_reader.h"

#include <utility>

#include "train_backbone/core/format.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::data {

ReplacingReader::ReplacingReader(RecordSampleReader reader, uint64_t seed)
    : reader_(std::move(reader)), seed_(seed) {}

std::optional<MadeSample> ReplacingReader::read(const SampleRef& sample, std::span<uint8_t> pixels,
                                                std::vector<DamagedRecord>& damaged) {
  try {
    return MadeSample{.record = sample.record,
                      .label = reader_.read(sample.record, sample, pixels)};
  } catch (const DamagedRecordError& error) {
    damaged.push_back(error.damage());
  }
  return replace(sample, pixels, damaged);
}

MadeSample ReplacingReader::replace(const SampleRef& sample, std::span<uint8_t> pixels,
                                    std::vector<DamagedRecord>& damaged) {
  core::SampleRng rng(seed_, core::RngStream::kReplacement, sample.epoch, sample.record);
  for (int draw = 0; draw < kMostDraws; ++draw) {
    const uint64_t record = rng.bits64() % reader_.records();
    try {
      return {.record = record, .label = reader_.read(record, sample, pixels)};
    } catch (const DamagedRecordError& error) {
      damaged.push_back(error.damage());
    }
  }
  DamagedRecord first = damaged.front();
  first.reason = core::format(
      "{}. --on_bad_record skip: all {} records drawn to take its place are damaged as well; is "
      "this the right folder?",
      first.reason, kMostDraws);
  throw DamagedRecordError(std::move(first));
}

}  // namespace train_backbone::data
