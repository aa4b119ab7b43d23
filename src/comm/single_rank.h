#pragma once

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// The only rank: its values are the sum.
class SingleRank final : public Communicator {
 public:
  [[nodiscard]] int64_t rank() const override { return 0; }
  [[nodiscard]] int64_t world_size() const override { return 1; }
  void all_reduce(std::span<float> values, float scale) override { multiply(values, scale); }
  void all_reduce(std::span<double> values, double scale) override { multiply(values, scale); }
  void all_reduce_bfloat16(std::span<float> values, float scale) override {
    multiply(values, scale);
  }
  void broadcast(std::span<std::byte> /*bytes*/, int64_t /*root*/) override {}
  std::vector<std::string> all_gather(std::string_view own) override { return {std::string(own)}; }
  void barrier() override {}
  std::unique_ptr<Communicator> duplicate() override { return std::make_unique<SingleRank>(); }

 private:
  template <class Number>
  static void multiply(std::span<Number> values, Number scale) {
    for (Number& value : values) value *= scale;
  }
};

}  // namespace train_backbone::comm
