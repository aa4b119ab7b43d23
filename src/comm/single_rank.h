#pragma once

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// The only rank: all values stay as they are.
class SingleRank final : public Communicator {
 public:
  [[nodiscard]] int64_t rank() const override { return 0; }
  [[nodiscard]] int64_t world_size() const override { return 1; }
  void all_reduce_sum(std::span<float> /*values*/) override {}
  void all_reduce_sum(std::span<double> /*values*/) override {}
  void broadcast(std::span<std::byte> /*bytes*/, int64_t /*root*/) override {}
  std::vector<std::string> all_gather(std::string_view own) override { return {std::string(own)}; }
  void barrier() override {}
  std::unique_ptr<Communicator> duplicate() override { return std::make_unique<SingleRank>(); }
};

}  // namespace train_backbone::comm
