#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "comm/exchange.h"
#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Every collective call in terms of an exchange between all pairs of ranks.
class ExchangeCommunicator final : public Communicator {
 public:
  // Makes another communicator of the same ranks as the one that it is given; collective.
  using Duplicate = std::function<std::unique_ptr<Communicator>(ExchangeCommunicator&)>;

  ExchangeCommunicator(std::unique_ptr<Exchange> exchange, Duplicate duplicate)
      : exchange_(std::move(exchange)), duplicate_(std::move(duplicate)) {}

  [[nodiscard]] int64_t rank() const override { return exchange_->rank(); }
  [[nodiscard]] int64_t world_size() const override { return exchange_->world_size(); }
  void all_reduce(std::span<float> values, float scale) override;
  void all_reduce(std::span<double> values, double scale) override;
  void all_reduce_bfloat16(std::span<float> values, float scale) override;
  void broadcast(std::span<std::byte> bytes, int64_t root) override;
  std::vector<std::string> all_gather(std::string_view own) override;
  void barrier() override;
  std::unique_ptr<Communicator> duplicate() override { return duplicate_(*this); }

 private:
  std::unique_ptr<Exchange> exchange_;
  Duplicate duplicate_;
  std::vector<std::byte> scratch_;  // reused from call to call
  std::vector<uint16_t> wire_;      // the same
};

}  // namespace train_backbone::comm
