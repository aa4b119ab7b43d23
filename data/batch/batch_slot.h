#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "data/batch/sample_reader.h"
#include "train_backbone/data/batch/batch_source.h"

namespace train_backbone::data {

// A batch while its samples are being made. Workers fill places of their own at the same time; the
// lock is only for what is rare: errors and damaged records. open() and take() are the consumer's,
// while no worker has a place.
class BatchSlot {
 public:
  // Makes room for `size` pictures of side x side in the memory of `spare`.
  void open(Batch spare, uint64_t size, int side);

  // uint8 [side, side, 3] of a place.
  [[nodiscard]] std::span<uint8_t> pixels(size_t place);
  void put(size_t place, uint64_t epoch, const MadeSample& sample);
  // The place stays empty; take() closes the gap.
  void leave_out(size_t place);
  void add_damage(size_t place, std::vector<DamagedRecord>& damaged);
  // Of several errors that of the lowest place counts.
  void add_error(size_t place, std::exception_ptr error);
  // True for the last place to be finished.
  [[nodiscard]] bool finish_one() { return missing_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

  [[nodiscard]] const std::exception_ptr& error() const { return error_; }
  // The finished batch.
  Batch take();

 private:
  void close_gaps();
  void move_sample(size_t from, size_t to);

  Batch batch_;
  size_t picture_bytes_ = 0;
  std::atomic<uint64_t> missing_ = 0;  // places not yet finished
  std::mutex mutex_;                   // guards what follows
  std::exception_ptr error_;
  size_t error_place_ = 0;
  std::vector<size_t> left_out_;
  std::vector<std::pair<size_t, DamagedRecord>> damaged_;
};

}  // namespace train_backbone::data
