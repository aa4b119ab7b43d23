#pragma once

#include <optional>

#include "data/batch/record_sample_reader.h"
#include "data/batch/sample_reader.h"

namespace train_backbone::data {

// --on_bad_record skip in evaluation, where no other record can take a place: a damaged one is left
// out.
class OmittingReader final : public SampleReader {
 public:
  explicit OmittingReader(RecordSampleReader reader);

  std::optional<MadeSample> read(const SampleRef& sample, std::span<uint8_t> pixels,
                                 std::vector<DamagedRecord>& damaged) override;
  void will_need(const RecordRange& records) const override { reader_.will_need(records); }

 private:
  RecordSampleReader reader_;
};

}  // namespace train_backbone::data
