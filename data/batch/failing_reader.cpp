#include "data/batch/failing_reader.h"

#include <utility>

#include "train_backbone/core/format.h"

namespace train_backbone::data {

FailingReader::FailingReader(RecordSampleReader reader, std::string advice)
    : reader_(std::move(reader)), advice_(std::move(advice)) {}

std::optional<MadeSample> FailingReader::read(const SampleRef& sample, std::span<uint8_t> pixels,
                                              std::vector<DamagedRecord>& /*damaged*/) {
  try {
    return MadeSample{.record = sample.record,
                      .label = reader_.read(sample.record, sample, pixels)};
  } catch (const DamagedRecordError& error) {
    DamagedRecord damage = error.damage();
    damage.reason = core::format("{}. {}", damage.reason, advice_);
    throw DamagedRecordError(std::move(damage));
  }
}

}  // namespace train_backbone::data
