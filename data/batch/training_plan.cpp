#include "data/batch/training_plan.h"

#include <stdexcept>

namespace train_backbone::data {
namespace {

const TrainingSourceSettings& checked(uint64_t records, const TrainingSourceSettings& settings) {
  if (records == 0) {
    throw std::invalid_argument("training order over no records");
  }
  if (settings.batch_size < 1 || settings.rank < 0 ||
      (settings.rank + 1) * settings.batch_size > settings.global_batch_size) {
    throw std::invalid_argument("the rank's slice lies outside the global batch");
  }
  if (settings.first_step > settings.end_step) {
    throw std::invalid_argument("first_step lies behind end_step");
  }
  return settings;
}

}  // namespace

TrainingPlan::TrainingPlan(uint64_t records, const TrainingSourceSettings& settings, uint64_t block)
    : order_(records, checked(records, settings).seed, block),
      batch_size_(static_cast<uint64_t>(settings.batch_size)),
      global_batch_size_(static_cast<uint64_t>(settings.global_batch_size)),
      first_(settings.first_step * global_batch_size_ +
             static_cast<uint64_t>(settings.rank) * batch_size_),
      size_((settings.end_step - settings.first_step) * batch_size_) {}

uint64_t TrainingPlan::global(uint64_t position) const {
  const uint64_t step = position / batch_size_;
  return first_ + step * global_batch_size_ + position % batch_size_;
}

SampleRef TrainingPlan::at(uint64_t position) const { return order_.at(global(position)); }

void TrainingPlan::read_ahead(uint64_t position, std::vector<RecordRange>& ranges) const {
  if (!order_.has_blocks()) return SamplePlan::read_ahead(position, ranges);
  const uint64_t now = global(position);
  const uint64_t begin = position == 0 ? now : global(position - 1) + 1;
  order_.add_blocks_ahead(begin, now + 1, position == 0, ranges);
}

}  // namespace train_backbone::data
