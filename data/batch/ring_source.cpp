#include "data/batch/ring_source.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

uint64_t divide_up(uint64_t value, uint64_t divisor) { return (value + divisor - 1) / divisor; }

// One batch waits ready, one is being finished and the threads are spread over the rest.
uint64_t ring_size(uint64_t workers, uint64_t batch_size, uint64_t batches) {
  return std::clamp<uint64_t>(batches, 1, 2 + divide_up(workers, batch_size));
}

}  // namespace

RingSource::RingSource(std::unique_ptr<SamplePlan> plan,
                       std::vector<std::unique_ptr<SampleReader>> readers, int image_size,
                       std::shared_ptr<const LoaderClock> clock)
    : plan_(std::move(plan)),
      readers_(std::move(readers)),
      clock_(std::move(clock)),
      image_size_(image_size),
      batches_(divide_up(plan_->size(), plan_->batch_size())),
      slots_(ring_size(readers_.size(), plan_->batch_size(), batches_)) {
  for (uint64_t batch = 0; batch < slots_.size(); ++batch) {
    prepare(batch);
  }
  start();
}

RingSource::~RingSource() { stop(); }

void RingSource::start() {
  try {
    for (const auto& reader : readers_) {
      threads_.emplace_back([this, &reader] { work(*reader); });
    }
  } catch (const std::system_error& error) {
    stop();
    throw core::DeviceError(core::format("cannot start {} loader threads ({}); use fewer --workers",
                                         readers_.size(), error.what()));
  }
}

void RingSource::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void RingSource::work(SampleReader& reader) {
  std::vector<DamagedRecord> damaged;
  std::vector<RecordRange> ranges;
  while (true) {
    const uint64_t position = next_position_.fetch_add(1, std::memory_order_relaxed);
    if (position >= plan_->size() || !wait_for_room(position / plan_->batch_size())) {
      return;
    }
    read_ahead(reader, position, ranges);
    make_sample(reader, position, damaged);
  }
}

void RingSource::read_ahead(const SampleReader& reader, uint64_t position,
                            std::vector<RecordRange>& ranges) {
  ranges.clear();
  plan_->read_ahead(position, ranges);
  for (const RecordRange& range : ranges) reader.will_need(range);
}

// False when the source stops.
bool RingSource::wait_for_room(uint64_t batch) {
  if (batch >= prepared_.load(std::memory_order_acquire)) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this, batch] { return stopping_ || batch < prepared_; });
  }
  return !stopping_;
}

void RingSource::make_sample(SampleReader& reader, uint64_t position,
                             std::vector<DamagedRecord>& damaged) {
  Slot& slot = slot_of(position / plan_->batch_size());
  const size_t place = position % plan_->batch_size();
  try {
    const SampleRef sample = plan_->at(position);
    const auto made = reader.read(sample, slot.batch.pixels(place), damaged);
    if (made) {
      slot.batch.put(place, sample.epoch, *made);
    } else {
      slot.batch.leave_out(place);
    }
  } catch (...) {
    slot.batch.add_error(place, std::current_exception());
  }
  if (!damaged.empty()) slot.batch.add_damage(place, damaged);
  if (slot.batch.finish_one()) {
    const std::scoped_lock lock(mutex_);
    slot.ready = true;
    ready_.notify_one();
  }
}

std::optional<Batch> RingSource::next() {
  if (next_batch_ == batches_) {
    return std::nullopt;
  }
  Slot& slot = slot_of(next_batch_);
  wait_until_ready(slot);
  if (slot.batch.error()) {  // stays in the slot: the next call finds it again
    stop();
    std::rethrow_exception(slot.batch.error());
  }
  Batch batch = slot.batch.take();
  ++next_batch_;
  prepare(next_batch_ + slots_.size() - 1);
  return batch;
}

void RingSource::wait_until_ready(Slot& slot) {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [&slot] { return slot.ready; });
  seconds_waited_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Batch RingSource::take_spare() {
  if (spare_.empty()) return {};
  Batch batch = std::move(spare_.back());
  spare_.pop_back();
  return batch;
}

void RingSource::prepare(uint64_t batch) {
  if (batch >= batches_) {
    return;
  }
  const uint64_t first = batch * plan_->batch_size();
  const uint64_t count = std::min(plan_->batch_size(), plan_->size() - first);
  Slot& slot = slot_of(batch);
  slot.batch.open(take_spare(), count, image_size_);
  {
    const std::scoped_lock lock(mutex_);
    slot.ready = false;
    prepared_.store(batch + 1, std::memory_order_release);
  }
  room_.notify_all();
}

}  // namespace train_backbone::data
