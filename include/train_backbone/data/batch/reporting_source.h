#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "train_backbone/data/batch/bad_records.h"
#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::data {

// Passes the batches of a source on and enters their damaged records into a list.
class ReportingSource final : public BatchSource {
 public:
  // `step_of_next`: the step that needs the next batch; called once per batch. The list is
  // borrowed.
  ReportingSource(std::unique_ptr<BatchSource> source, BadRecords& list, std::string split,
                  std::function<int64_t()> step_of_next);

  // Throws as the source, and core::DataError when the list's budget is exceeded.
  std::optional<Batch> next() override;
  void recycle(Batch&& batch) override { source_->recycle(std::move(batch)); }
  [[nodiscard]] double seconds_waited() const override { return source_->seconds_waited(); }
  [[nodiscard]] LoaderWork work_done() const override { return source_->work_done(); }

 private:
  std::unique_ptr<BatchSource> source_;
  BadRecords& list_;
  std::string split_;
  std::function<int64_t()> step_of_next_;
};

}  // namespace train_backbone::data
