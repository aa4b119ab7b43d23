#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::commands {

// A source whose first batch has been made when the constructor returns: what is wrong with the
// data or their labels from the very beginning is thrown there, before a run writes anything.
class PeekedBatches : public data::BatchSource {
 public:
  explicit PeekedBatches(std::unique_ptr<data::BatchSource> source)
      : source_(std::move(source)),
        first_(source_->next()),
        seconds_before_(source_->seconds_waited()) {}

  std::optional<data::Batch> next() override {
    if (!first_) return source_->next();
    return std::exchange(first_, std::nullopt);
  }
  // The first batch while nobody has taken it, else nullptr.
  [[nodiscard]] const data::Batch* first() const { return first_ ? &*first_ : nullptr; }
  void recycle(data::Batch&& batch) override { source_->recycle(std::move(batch)); }
  // Without the wait for the first batch.
  [[nodiscard]] double seconds_waited() const override {
    return source_->seconds_waited() - seconds_before_;
  }
  [[nodiscard]] data::LoaderWork work_done() const override { return source_->work_done(); }

 private:
  std::unique_ptr<data::BatchSource> source_;
  std::optional<data::Batch> first_;
  double seconds_before_;
};

}  // namespace train_backbone::commands
