#include "train_backbone/comm/thread_ranks.h"

#include <barrier>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "comm/exchange_communicator.h"

namespace train_backbone::comm {
namespace {

// What the ranks of one exchange share: each shows the others what it has for them.
class MeetingPlace {
 public:
  explicit MeetingPlace(int64_t ranks)
      : shown_(static_cast<size_t>(ranks)), barrier_(static_cast<std::ptrdiff_t>(ranks)) {}

  void exchange(size_t rank, std::span<const std::span<const std::byte>> outgoing,
                std::span<const std::span<std::byte>> incoming) {
    shown_[rank] = outgoing;
    barrier_.arrive_and_wait();
    for (size_t i = 0; i < shown_.size(); ++i) {
      const std::span<const std::byte> from = shown_[i][rank];
      if (!from.empty()) std::memmove(incoming[i].data(), from.data(), from.size());
    }
    barrier_.arrive_and_wait();
  }

  // The place of the ranks' n-th duplicate, made by the first that asks.
  std::shared_ptr<MeetingPlace> duplicate(size_t number) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<MeetingPlace>& place = duplicates_[number];
    if (!place) place = std::make_shared<MeetingPlace>(static_cast<int64_t>(shown_.size()));
    return place;
  }

  [[nodiscard]] int64_t ranks() const { return static_cast<int64_t>(shown_.size()); }

 private:
  std::vector<std::span<const std::span<const std::byte>>> shown_;
  std::barrier<> barrier_;
  std::mutex mutex_;
  std::map<size_t, std::shared_ptr<MeetingPlace>> duplicates_;
};

class ThreadExchange final : public Exchange {
 public:
  ThreadExchange(std::shared_ptr<MeetingPlace> place, int64_t rank)
      : place_(std::move(place)), rank_(rank) {}

  [[nodiscard]] int64_t rank() const override { return rank_; }
  [[nodiscard]] int64_t world_size() const override { return place_->ranks(); }
  void exchange(std::span<const std::span<const std::byte>> outgoing,
                std::span<const std::span<std::byte>> incoming) override {
    place_->exchange(static_cast<size_t>(rank_), outgoing, incoming);
  }

 private:
  std::shared_ptr<MeetingPlace> place_;
  int64_t rank_;
};

std::unique_ptr<Communicator> make_rank(const std::shared_ptr<MeetingPlace>& place, int64_t rank) {
  return std::make_unique<ExchangeCommunicator>(
      std::make_unique<ThreadExchange>(place, rank),
      [place, rank, made = size_t{0}](ExchangeCommunicator&) mutable {
        return make_rank(place->duplicate(made++), rank);
      });
}

}  // namespace

std::vector<std::unique_ptr<Communicator>> make_thread_ranks(int64_t count) {
  const auto place = std::make_shared<MeetingPlace>(count);
  std::vector<std::unique_ptr<Communicator>> ranks;
  for (int64_t rank = 0; rank < count; ++rank) ranks.push_back(make_rank(place, rank));
  return ranks;
}

}  // namespace train_backbone::comm
