#include "train_backbone/data/batch/reporting_source.h"

namespace train_backbone::data {

ReportingSource::ReportingSource(std::unique_ptr<BatchSource> source, BadRecords& list,
                                 std::string split, std::function<int64_t()> step_of_next)
    : source_(std::move(source)),
      list_(list),
      split_(std::move(split)),
      step_of_next_(std::move(step_of_next)) {}

std::optional<Batch> ReportingSource::next() {
  std::optional<Batch> batch = source_->next();
  if (batch) list_.add(split_, step_of_next_(), batch->damaged);
  return batch;
}

}  // namespace train_backbone::data
