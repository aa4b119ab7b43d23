#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {

// What a SpyCommunicator saw; outlives it.
struct Seen {
  std::atomic<size_t> calls = 0;
  std::vector<size_t> sizes;  // of the spans; read it when the calls are known to be over
};

// One rank of two; the other one always has zeros.
class SpyCommunicator : public Communicator {
 public:
  // core::DeviceError from call `failing_call` on (counted from 1; 0: never).
  explicit SpyCommunicator(std::shared_ptr<Seen> seen, size_t failing_call = 0)
      : seen_(std::move(seen)), failing_call_(failing_call) {}
  [[nodiscard]] int64_t rank() const override { return 0; }
  [[nodiscard]] int64_t world_size() const override { return 2; }
  void all_reduce(std::span<float> values, float scale) override { add_nothing(values, scale); }
  void all_reduce(std::span<double> values, double scale) override { add_nothing(values, scale); }
  void all_reduce_bfloat16(std::span<float> values, float scale) override {
    add_nothing(values, scale);
  }
  void broadcast(std::span<std::byte> /*bytes*/, int64_t /*root*/) override {}
  std::vector<std::string> all_gather(std::string_view own) override {
    return {std::string(own), ""};
  }
  void barrier() override {}
  std::unique_ptr<Communicator> duplicate() override {
    return std::make_unique<SpyCommunicator>(seen_);
  }

 private:
  template <class Number>
  void add_nothing(std::span<Number> values, Number scale) {
    for (Number& value : values) value *= scale;
    see(values.size());
  }

  void see(size_t size) {
    seen_->sizes.push_back(size);
    if (++seen_->calls == failing_call_) throw core::DeviceError("rank 1 is gone");
  }

  std::shared_ptr<Seen> seen_;
  size_t failing_call_;
};

}  // namespace train_backbone::comm
