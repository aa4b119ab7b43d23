#include "train_backbone/train/ranked_batches.h"

#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/comm/fail_together.h"
#include "train_backbone/core/format.h"

namespace train_backbone::train {
namespace {

using DamagedRecords = std::vector<data::DamagedRecord>;

// Fields end in NUL, which none of them holds.
std::string pack(const DamagedRecords& records) {
  std::string text;
  for (const data::DamagedRecord& damage : records) {
    for (const std::string& field : {core::format("{}", damage.record), damage.shard.string(),
                                     core::format("{}", damage.offset), damage.reason}) {
      text.append(field.c_str()).push_back('\0');
    }
  }
  return text;
}

std::string_view take_field(std::string_view& text) {
  const std::string_view field = text.substr(0, text.find('\0'));
  text.remove_prefix(field.size() + 1);
  return field;
}

uint64_t number(std::string_view field) {
  uint64_t value = 0;
  std::from_chars(field.data(), field.data() + field.size(), value);
  return value;
}

void unpack(std::string_view text, DamagedRecords& records) {
  while (!text.empty()) {
    data::DamagedRecord damage;
    damage.record = number(take_field(text));
    damage.shard = take_field(text);
    damage.offset = number(take_field(text));
    damage.reason = take_field(text);
    records.push_back(std::move(damage));
  }
}

DamagedRecords of_all_ranks(comm::Communicator& communicator, const DamagedRecords& own) {
  std::array<double, 1> count{static_cast<double>(own.size())};
  communicator.all_reduce_sum(std::span<double>(count));
  DamagedRecords all;
  if (count[0] == 0) return all;
  for (const std::string& text : communicator.all_gather(pack(own))) unpack(text, all);
  return all;
}

}  // namespace

std::optional<data::Batch> RankedBatches::next() {
  std::optional<data::Batch> batch;
  const auto begin = std::chrono::steady_clock::now();
  comm::fail_together(communicator_, [&] { batch = source_->next(); });
  seconds_waited_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!batch) return batch;
  batch->damaged = of_all_ranks(communicator_, batch->damaged);
  if (batch->damaged.empty()) {
    observer_(*batch);
  } else {
    comm::fail_together(communicator_, [&] { observer_(*batch); });
  }
  return batch;
}

}  // namespace train_backbone::train
