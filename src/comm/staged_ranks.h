#pragma once

#include <memory>
#include <utility>

#include "train_backbone/comm/device_ranks.h"

namespace train_backbone::comm {

// See make_staged_ranks.
class StagedRanks final : public DeviceRanks {
 public:
  explicit StagedRanks(std::unique_ptr<Communicator> communicator)
      : communicator_(std::move(communicator)) {}

  [[nodiscard]] int64_t world_size() const override { return communicator_->world_size(); }
  void begin(const at::Tensor& tensor, Operation operation) override;
  void join() override {}
  void check() override {}

 private:
  std::unique_ptr<Communicator> communicator_;
};

}  // namespace train_backbone::comm
