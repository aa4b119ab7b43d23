#pragma once

#include <memory>
#include <utility>

#include "train_backbone/comm/communicator.h"
#include "train_backbone/comm/progress.h"

namespace train_backbone::comm {

// Enters every call of another communicator into a rank's progress, for Watch to see who waits for
// whom. Duplicates are not counted: they belong to other threads. Borrows the progress.
class CountedCommunicator final : public Communicator {
 public:
  CountedCommunicator(std::unique_ptr<Communicator> communicator, Progress& progress)
      : communicator_(std::move(communicator)), progress_(progress) {}

  [[nodiscard]] int64_t rank() const override { return communicator_->rank(); }
  [[nodiscard]] int64_t world_size() const override { return communicator_->world_size(); }
  void all_reduce(std::span<float> values, float scale) override {
    const Call call(progress_);
    communicator_->all_reduce(values, scale);
  }
  void all_reduce(std::span<double> values, double scale) override {
    const Call call(progress_);
    communicator_->all_reduce(values, scale);
  }
  void all_reduce_bfloat16(std::span<float> values, float scale) override {
    const Call call(progress_);
    communicator_->all_reduce_bfloat16(values, scale);
  }
  void broadcast(std::span<std::byte> bytes, int64_t root) override {
    const Call call(progress_);
    communicator_->broadcast(bytes, root);
  }
  std::vector<std::string> all_gather(std::string_view own) override {
    const Call call(progress_);
    return communicator_->all_gather(own);
  }
  void barrier() override {
    const Call call(progress_);
    communicator_->barrier();
  }
  std::unique_ptr<Communicator> duplicate() override {
    const Call call(progress_);
    return communicator_->duplicate();
  }

 private:
  class Call {
   public:
    explicit Call(Progress& progress) : progress_(progress) { progress_.begin_call(); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() { progress_.end_call(); }

   private:
    Progress& progress_;
  };

  std::unique_ptr<Communicator> communicator_;
  Progress& progress_;
};

}  // namespace train_backbone::comm
