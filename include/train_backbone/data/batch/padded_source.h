#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::data {

// A source with empty batches behind its own, so that there are `batches` of them at least.
class PaddedSource final : public BatchSource {
 public:
  PaddedSource(std::unique_ptr<BatchSource> source, uint64_t batches)
      : source_(std::move(source)), left_(batches) {}

  std::optional<Batch> next() override {
    std::optional<Batch> batch = source_->next();
    if (!batch && left_ > 0) batch = Batch{};
    if (left_ > 0) --left_;
    return batch;
  }
  void recycle(Batch&& batch) override {
    if (batch.size > 0) source_->recycle(std::move(batch));
  }
  [[nodiscard]] double seconds_waited() const override { return source_->seconds_waited(); }
  [[nodiscard]] LoaderWork work_done() const override { return source_->work_done(); }

 private:
  std::unique_ptr<BatchSource> source_;
  uint64_t left_;
};

}  // namespace train_backbone::data
