#include "data/batch/omitting_reader.h"

#include <utility>

namespace train_backbone::data {

OmittingReader::OmittingReader(RecordSampleReader reader) : reader_(std::move(reader)) {}

std::optional<MadeSample> OmittingReader::read(const SampleRef& sample, std::span<uint8_t> pixels,
                                               std::vector<DamagedRecord>& damaged) {
  try {
    return MadeSample{.record = sample.record,
                      .label = reader_.read(sample.record, sample, pixels)};
  } catch (const DamagedRecordError& error) {
    damaged.push_back(error.damage());
    return std::nullopt;
  }
}

}  // namespace train_backbone::data
