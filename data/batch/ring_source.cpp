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
                       std::vector<std::unique_ptr<SampleReader>> readers, int image_size)
    : plan_(std::move(plan)),
      readers_(std::move(readers)),
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
  while (true) {
    const uint64_t position = next_position_.fetch_add(1, std::memory_order_relaxed);
    if (position >= plan_->size() || !wait_for_room(position / plan_->batch_size())) {
      return;
    }
    make_sample(reader, position);
  }
}

// False when the source stops.
bool RingSource::wait_for_room(uint64_t batch) {
  if (batch >= prepared_.load(std::memory_order_acquire)) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this, batch] { return stopping_ || batch < prepared_; });
  }
  return !stopping_;
}

void RingSource::make_sample(SampleReader& reader, uint64_t position) {
  Slot& slot = slot_of(position / plan_->batch_size());
  const size_t index = position % plan_->batch_size();
  const size_t bytes = slot.batch.images.size() / slot.batch.labels.size();
  try {
    const SampleRef sample = plan_->at(position);
    slot.batch.epochs[index] = sample.epoch;
    slot.batch.records[index] = sample.record;
    slot.batch.labels[index] =
        reader.read(sample, std::span(slot.batch.images).subspan(index * bytes, bytes));
  } catch (...) {
    note_error(slot, position);
  }
  if (slot.missing.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    const std::scoped_lock lock(mutex_);
    slot.ready = true;
    ready_.notify_one();
  }
}

void RingSource::note_error(Slot& slot, uint64_t position) {
  const std::scoped_lock lock(mutex_);
  if (!slot.error || position < slot.error_position) {
    slot.error = std::current_exception();
    slot.error_position = position;
  }
}

std::optional<Batch> RingSource::next() {
  if (next_batch_ == batches_) {
    return std::nullopt;
  }
  Slot& slot = slot_of(next_batch_);
  wait_until_ready(slot);
  if (slot.error) {  // stays in the slot: the next call finds it again
    stop();
    std::rethrow_exception(slot.error);
  }
  Batch batch = std::move(slot.batch);
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

void RingSource::prepare(uint64_t batch) {
  if (batch >= batches_) {
    return;
  }
  const uint64_t first = batch * plan_->batch_size();
  const uint64_t count = std::min(plan_->batch_size(), plan_->size() - first);
  const auto side = static_cast<size_t>(image_size_);
  Slot& slot = slot_of(batch);
  slot.batch = {.size = static_cast<int64_t>(count),
                .height = image_size_,
                .width = image_size_,
                .images = std::vector<uint8_t>(count * side * side * 3),
                .labels = std::vector<int64_t>(count),
                .records = std::vector<uint64_t>(count),
                .epochs = std::vector<uint64_t>(count)};
  slot.missing = count;
  {
    const std::scoped_lock lock(mutex_);
    slot.ready = false;
    prepared_.store(batch + 1, std::memory_order_release);
  }
  room_.notify_all();
}

}  // namespace train_backbone::data
