#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <unordered_map>

namespace train_backbone::ops {

// Memory in large blocks that are kept when they are given back, for whoever asks next: a training
// step asks for the same ones again and again, and the system would clear every page of them each
// time. What is kept never exceeds the most that was ever in use. Aligned to, and made of, huge
// pages where the system has them. Thread safe.
class KeptBlocks {
 public:
  static constexpr size_t kHugePage = size_t{2} << 20;

  KeptBlocks() = default;
  KeptBlocks(const KeptBlocks&) = delete;
  KeptBlocks& operator=(const KeptBlocks&) = delete;
  ~KeptBlocks();  // every block has been given back

  // At least so many bytes, not cleared. Throws std::bad_alloc when the system has no more, also
  // without what is kept.
  void* take(size_t bytes);
  // False for memory that take() did not hand out, which stays as it is.
  bool give_back(void* block);

  [[nodiscard]] size_t kept_bytes() const;

 private:
  void release_kept();

  mutable std::mutex mutex_;
  std::multimap<size_t, void*> kept_;
  std::unordered_map<void*, size_t> in_use_;
  size_t kept_bytes_ = 0;
  size_t used_bytes_ = 0;
  size_t most_used_ = 0;
};

}  // namespace train_backbone::ops
