#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::train {

// The sources of all ranks, taken from in step: each rank gets its own batch, but all learn of the
// damage in all of them, and a failure of one is a failure of all at the same batch
// (comm::fail_together). All ranks call next() equally often, or one gets nothing and all do.
class RankedBatches : public data::BatchSource {
 public:
  // Is shown each batch of this rank; its list of damaged records is that of all ranks, in the
  // order of the samples. May throw core::Error, which then fails on all ranks.
  using Observer = std::function<void(const data::Batch&)>;

  // The communicator is borrowed.
  RankedBatches(std::unique_ptr<data::BatchSource> source, comm::Communicator& communicator,
                Observer observer)
      : source_(std::move(source)), communicator_(communicator), observer_(std::move(observer)) {}

  // Collective.
  std::optional<data::Batch> next() override;
  void recycle(data::Batch&& batch) override { source_->recycle(std::move(batch)); }
  // For the data of any rank, as the step waits for all of them.
  [[nodiscard]] double seconds_waited() const override { return seconds_waited_; }
  [[nodiscard]] data::LoaderWork work_done() const override { return source_->work_done(); }

 private:
  std::unique_ptr<data::BatchSource> source_;
  comm::Communicator& communicator_;
  Observer observer_;
  double seconds_waited_ = 0;
};

}  // namespace train_backbone::train
