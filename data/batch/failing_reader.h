#pragma once

#include <optional>
#include <string>

#include "data/batch/record_sample_reader.h"
#include "data/batch/sample_reader.h"

namespace train_backbone::data {

// --on_bad_record fail: a damaged record ends the run.
class FailingReader final : public SampleReader {
 public:
  // `advice` ends the message.
  FailingReader(RecordSampleReader reader, std::string advice);

  // Throws DamagedRecordError.
  std::optional<MadeSample> read(const SampleRef& sample, std::span<uint8_t> pixels,
                                 std::vector<DamagedRecord>& damaged) override;
  void will_need(const RecordRange& records) const override { reader_.will_need(records); }

 private:
  RecordSampleReader reader_;
  std::string advice_;
};

}  // namespace train_backbone::data
