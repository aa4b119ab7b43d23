#include "data/batch/evaluation_plan.h"

#include <stdexcept>

namespace train_backbone::data {

EvaluationPlan::EvaluationPlan(uint64_t records, const EvaluationSourceSettings& settings)
    : first_(settings.first_record),
      end_(settings.end_record),
      batch_size_(static_cast<uint64_t>(settings.batch_size)) {
  if (first_ > end_ || end_ > records) {
    throw std::invalid_argument("the range to evaluate leaves the records");
  }
  if (settings.batch_size < 1) {
    throw std::invalid_argument("batch_size below 1");
  }
}

}  // namespace train_backbone::data
