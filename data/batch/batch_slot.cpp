#include "data/batch/batch_slot.h"

#include <algorithm>

namespace train_backbone::data {

void BatchSlot::open(Batch spare, uint64_t size, int side) {
  batch_ = std::move(spare);
  picture_bytes_ = static_cast<size_t>(side) * static_cast<size_t>(side) * 3;
  batch_.size = static_cast<int64_t>(size);
  batch_.height = batch_.width = side;
  batch_.images.resize(size * picture_bytes_);
  batch_.labels.resize(size);
  batch_.records.resize(size);
  batch_.epochs.resize(size);
  batch_.damaged.clear();
  left_out_.clear();
  damaged_.clear();
  missing_ = size;
}

std::span<uint8_t> BatchSlot::pixels(size_t place) {
  return std::span(batch_.images).subspan(place * picture_bytes_, picture_bytes_);
}

void BatchSlot::put(size_t place, uint64_t epoch, const MadeSample& sample) {
  batch_.epochs[place] = epoch;
  batch_.records[place] = sample.record;
  batch_.labels[place] = sample.label;
}

void BatchSlot::leave_out(size_t place) {
  const std::scoped_lock lock(mutex_);
  left_out_.push_back(place);
}

void BatchSlot::add_damage(size_t place, std::vector<DamagedRecord>& damaged) {
  const std::scoped_lock lock(mutex_);
  for (DamagedRecord& record : damaged) damaged_.emplace_back(place, std::move(record));
  damaged.clear();
}

void BatchSlot::add_error(size_t place, std::exception_ptr error) {
  const std::scoped_lock lock(mutex_);
  if (error_ && error_place_ < place) return;
  error_ = std::move(error);
  error_place_ = place;
}

Batch BatchSlot::take() {
  std::stable_sort(damaged_.begin(), damaged_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [place, record] : damaged_) batch_.damaged.push_back(std::move(record));
  if (!left_out_.empty()) close_gaps();
  return std::move(batch_);
}

void BatchSlot::close_gaps() {
  std::sort(left_out_.begin(), left_out_.end());
  auto gap = left_out_.begin();
  size_t kept = 0;
  for (size_t place = 0; place < batch_.labels.size(); ++place) {
    if (gap != left_out_.end() && *gap == place) {
      ++gap;
    } else {
      move_sample(place, kept++);
    }
  }
  batch_.size = static_cast<int64_t>(kept);
  batch_.images.resize(kept * picture_bytes_);
  batch_.labels.resize(kept);
  batch_.records.resize(kept);
  batch_.epochs.resize(kept);
}

void BatchSlot::move_sample(size_t from, size_t to) {
  if (from == to) return;
  std::ranges::copy(pixels(from), pixels(to).begin());
  batch_.labels[to] = batch_.labels[from];
  batch_.records[to] = batch_.records[from];
  batch_.epochs[to] = batch_.epochs[from];
}

}  // namespace train_backbone::data
