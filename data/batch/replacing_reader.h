#pragma once

#include <optional>

#include "data/batch/record_sample_reader.h"
#include "data/batch/sample_reader.h"

namespace train_backbone::data {

// --on_bad_record skip in training: where a record is damaged, another one is shown. Which one is
// drawn from (seed, epoch, record) alone, as often as needed until one is good, and it is augmented
// with the draws of the sample whose place it takes: neither threads nor ranks nor a resumed run
// can change the outcome.
class ReplacingReader final : public SampleReader {
 public:
  // `seed` is that of the run.
  ReplacingReader(RecordSampleReader reader, uint64_t seed);

  // Throws DamagedRecordError when kMostDraws records in a row are damaged.
  std::optional<MadeSample> read(const SampleRef& sample, std::span<uint8_t> pixels,
                                 std::vector<DamagedRecord>& damaged) override;
  void will_need(const RecordRange& records) const override { reader_.will_need(records); }

  static constexpr int kMostDraws = 100;

 private:
  MadeSample replace(const SampleRef& sample, std::span<uint8_t> pixels,
                     std::vector<DamagedRecord>& damaged);

  RecordSampleReader reader_;
  uint64_t seed_;
};

}  // namespace train_backbone::data
