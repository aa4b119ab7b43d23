#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "commands/doctor/data_facts.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/rng.h"

namespace train_backbone::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kMostThreads = 8;
// Beyond that a piece has not been read before, so far as it matters.
constexpr uint64_t kMostPieces = uint64_t{1} << 16;

struct Piece {
  size_t shard = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

// Whole frames of records in an order without order.
std::vector<Piece> pieces_of(const data::RecordStore& store) {
  core::SampleRng rng(0, core::RngStream::kShuffle, 0, 0);
  std::vector<Piece> pieces;
  const uint64_t count = std::min(store.size(), kMostPieces);
  for (uint64_t i = 0; i < count; ++i) {
    const data::RecordLocation place = store.index().locate(i * store.size() / count);
    pieces.push_back({.shard = place.shard, .offset = place.frame_offset, .bytes = place.length});
  }
  for (size_t i = pieces.size(); i > 1; --i) {
    std::swap(pieces[i - 1], pieces[rng.below(static_cast<uint32_t>(i))]);
  }
  return pieces;
}

// Share of a file's pages that lie in memory.
double resident_share(const core::FileDescriptor& file, uint64_t bytes) {
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return 0;
  std::vector<unsigned char> pages((bytes + page - 1) / page);
  const bool known = ::mincore(mapped, bytes, pages.data()) == 0;
  ::munmap(mapped, bytes);
  if (!known) return 0;
  const auto there =
      std::count_if(pages.begin(), pages.end(), [](unsigned char flags) { return flags & 1; });
  return static_cast<double>(there) / static_cast<double>(pages.size());
}

class DiskProbe {
 public:
  DiskProbe(const data::RecordStore& store, double seconds)
      : shards_(store.index().shards()), pieces_(pieces_of(store)), seconds_(seconds) {
    double cached = 0;
    double all = 0;
    for (const data::ShardEntry& shard : shards_) {
      files_.push_back(core::open_for_reading(shard.path));
      ::posix_fadvise(files_.back().get(), 0, 0, POSIX_FADV_DONTNEED);
      if (shard.bytes == 0) continue;
      cached += static_cast<double>(shard.bytes) * resident_share(files_.back(), shard.bytes);
      all += static_cast<double>(shard.bytes);
      ::posix_fadvise(files_.back().get(), 0, 0, POSIX_FADV_RANDOM);
    }
    cached_share_ = all > 0 ? cached / all : 0;
  }

  DiskFacts run(int64_t cores) {
    const Clock::time_point begin = Clock::now();
    std::vector<std::thread> threads;
    for (int64_t i = 0; i < std::clamp<int64_t>(cores, 1, kMostThreads); ++i) {
      threads.emplace_back([&] { read_until(begin); });
    }
    for (std::thread& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    const uint64_t count = std::min<uint64_t>(next_, pieces_.size());
    return {.bytes = bytes_,
            .seconds = seconds,
            .record_bytes = std::max<uint64_t>(1, bytes_ / std::max<uint64_t>(1, count)),
            .cached_share = cached_share_,
            .cores = cores};
  }

 private:
  // Each piece once: the second time it would come from memory.
  void read_until(Clock::time_point begin) {
    std::vector<uint8_t> buffer;
    while (std::chrono::duration<double>(Clock::now() - begin).count() < seconds_) {
      const uint64_t at = next_.fetch_add(1);
      if (at >= pieces_.size()) return;
      const Piece& piece = pieces_[at];
      buffer.resize(piece.bytes);
      try {
        bytes_ +=
            core::read_at(files_[piece.shard], shards_[piece.shard].path, piece.offset, buffer);
      } catch (const std::exception&) {
        return;  // the check of the records names it
      }
    }
  }

  const std::vector<data::ShardEntry>& shards_;
  std::vector<Piece> pieces_;
  double seconds_;
  std::vector<core::FileDescriptor> files_;
  double cached_share_ = 0;
  std::atomic<uint64_t> next_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
};

}  // namespace

DiskFacts probe_disk(const data::RecordStore& store, double seconds, int64_t cores) {
  return DiskProbe(store, seconds).run(cores);
}

}  // namespace train_backbone::commands
