#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "data/batch/batch_slot.h"
#include "data/batch/loader_clock.h"
#include "data/batch/sample_plan.h"
#include "data/batch/sample_reader.h"
#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::data {

// Worker threads fill a ring of batches. Each takes the next sample by an atomic ticket, so batches
// are begun, and leave, in order whatever the threads do; which thread makes a sample never
// matters. The lock is taken per batch, never per picture, except to wait for room in the ring. An
// error waits in its batch: the batches before it are delivered, then it is rethrown (of several in
// one batch the first by position), the threads end, and every later next() rethrows it.
// A consumer that gives its batches back keeps one batch more than the ring in use, and from then
// on none is allocated.
class RingSource final : public BatchSource {
 public:
  // One thread per reader. `clock`: what the readers tell their work to, if anything.
  // Throws core::DeviceError when the system refuses the threads.
  RingSource(std::unique_ptr<SamplePlan> plan, std::vector<std::unique_ptr<SampleReader>> readers,
             int image_size, std::shared_ptr<const LoaderClock> clock = nullptr);
  RingSource(const RingSource&) = delete;
  RingSource& operator=(const RingSource&) = delete;
  // Ends the threads after at most the picture each is at.
  ~RingSource() override;

  std::optional<Batch> next() override;
  void recycle(Batch&& batch) override { spare_.push_back(std::move(batch)); }
  [[nodiscard]] double seconds_waited() const override { return seconds_waited_; }
  [[nodiscard]] LoaderWork work_done() const override {
    return clock_ ? clock_->work() : LoaderWork{};
  }

 private:
  struct Slot {
    BatchSlot batch;
    bool ready = false;  // guarded by mutex_
  };

  void start();
  void stop();
  void work(SampleReader& reader);
  bool wait_for_room(uint64_t batch);
  void read_ahead(const SampleReader& reader, uint64_t position, std::vector<RecordRange>& ranges);
  void make_sample(SampleReader& reader, uint64_t position, std::vector<DamagedRecord>& damaged);
  void wait_until_ready(Slot& slot);
  // Gives the ring's slot to the batch; nothing beyond the last one.
  void prepare(uint64_t batch);
  Batch take_spare();
  Slot& slot_of(uint64_t batch) { return slots_[batch % slots_.size()]; }

  std::unique_ptr<SamplePlan> plan_;
  std::vector<std::unique_ptr<SampleReader>> readers_;
  std::shared_ptr<const LoaderClock> clock_;
  int image_size_;
  uint64_t batches_;
  std::vector<Slot> slots_;

  std::atomic<uint64_t> next_position_ = 0;
  std::atomic<uint64_t> prepared_ = 0;  // batches below this have their slot
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable ready_;

  std::vector<Batch> spare_;  // the consumer's: batches that came back
  uint64_t next_batch_ = 0;
  double seconds_waited_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace train_backbone::data
