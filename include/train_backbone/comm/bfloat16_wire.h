#pragma once

#include <memory>
#include <utility>

#include "train_backbone/comm/communicator.h"

namespace train_backbone::comm {

// Another communicator whose sums of fp32 values travel as bfloat16 (all_reduce_bfloat16), which
// halves what a slow network has to carry; everything else is as it was.
class Bfloat16Wire final : public Communicator {
 public:
  explicit Bfloat16Wire(std::unique_ptr<Communicator> communicator)
      : communicator_(std::move(communicator)) {}

  [[nodiscard]] int64_t rank() const override { return communicator_->rank(); }
  [[nodiscard]] int64_t world_size() const override { return communicator_->world_size(); }
  void all_reduce(std::span<float> values, float scale) override {
    communicator_->all_reduce_bfloat16(values, scale);
  }
  void all_reduce(std::span<double> values, double scale) override {
    communicator_->all_reduce(values, scale);
  }
  void all_reduce_bfloat16(std::span<float> values, float scale) override {
    communicator_->all_reduce_bfloat16(values, scale);
  }
  void broadcast(std::span<std::byte> bytes, int64_t root) override {
    communicator_->broadcast(bytes, root);
  }
  std::vector<std::string> all_gather(std::string_view own) override {
    return communicator_->all_gather(own);
  }
  void barrier() override { communicator_->barrier(); }
  std::unique_ptr<Communicator> duplicate() override {
    return std::make_unique<Bfloat16Wire>(communicator_->duplicate());
  }

 private:
  std::unique_ptr<Communicator> communicator_;
};

}  // namespace train_backbone::comm
