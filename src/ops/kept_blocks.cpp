#include "ops/kept_blocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace train_backbone::ops {
namespace {

size_t rounded(size_t bytes) {
  return (bytes + KeptBlocks::kHugePage - 1) / KeptBlocks::kHugePage * KeptBlocks::kHugePage;
}

// A block that is larger than was asked for serves, too, if not by much.
constexpr size_t kSlackShare = 8;

void* new_block(size_t size) {
  void* const block = std::aligned_alloc(KeptBlocks::kHugePage, size);
  // Only advice: without huge pages it is slower.
  if (block != nullptr) ::madvise(block, size, MADV_HUGEPAGE);
  return block;
}

}  // namespace

KeptBlocks::~KeptBlocks() { release_kept(); }

void* KeptBlocks::take(size_t bytes) {
  const size_t size = rounded(std::max<size_t>(bytes, 1));
  const std::lock_guard lock(mutex_);
  const auto found = kept_.lower_bound(size);
  void* block = nullptr;
  size_t block_size = size;
  if (found != kept_.end() && found->first <= size + size / kSlackShare) {
    block_size = found->first;
    block = found->second;
    kept_.erase(found);
    kept_bytes_ -= block_size;
  } else {
    block = new_block(size);
    if (block == nullptr) {
      release_kept();
      block = new_block(size);
    }
    if (block == nullptr) throw std::bad_alloc();
  }
  in_use_[block] = block_size;
  used_bytes_ += block_size;
  most_used_ = std::max(most_used_, used_bytes_);
  return block;
}

bool KeptBlocks::give_back(void* block) {
  if (reinterpret_cast<uintptr_t>(block) % kHugePage != 0) return false;
  const std::lock_guard lock(mutex_);
  const auto found = in_use_.find(block);
  if (found == in_use_.end()) return false;
  const size_t size = found->second;
  in_use_.erase(found);
  used_bytes_ -= size;
  if (kept_bytes_ + size > most_used_) {
    std::free(block);
    return true;
  }
  kept_.emplace(size, block);
  kept_bytes_ += size;
  return true;
}

size_t KeptBlocks::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

void KeptBlocks::release_kept() {
  for (const auto& [size, block] : kept_) std::free(block);
  kept_.clear();
  kept_bytes_ = 0;
}

}  // namespace train_backbone::ops
