#include "ops/kept_blocks.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

namespace train_backbone::ops {
namespace {

constexpr size_t kPage = KeptBlocks::kHugePage;

TEST(KeptBlocks, ABlockComesBackToWhoAsksForItsSize) {
  KeptBlocks blocks;
  void* const first = blocks.take(5 * kPage - 7);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % kPage, 0U);
  std::memset(first, 1, 5 * kPage - 7);
  EXPECT_EQ(blocks.kept_bytes(), 0U);
  blocks.give_back(first);
  EXPECT_EQ(blocks.kept_bytes(), 5 * kPage);
  void* const other = blocks.take(kPage);  // much smaller: would waste the kept one
  EXPECT_NE(other, first);
  void* const again = blocks.take(5 * kPage);
  EXPECT_EQ(again, first);
  EXPECT_EQ(blocks.kept_bytes(), 0U);
  blocks.give_back(again);
  blocks.give_back(other);
}

TEST(KeptBlocks, KeepsNoMoreThanWasEverInUse) {
  KeptBlocks blocks;
  for (size_t pages = 1; pages < 40; ++pages) blocks.give_back(blocks.take(pages * kPage));
  EXPECT_LE(blocks.kept_bytes(), 39 * kPage);
  EXPECT_GT(blocks.kept_bytes(), 0U);
}

TEST(KeptBlocks, OthersMemoryIsLeftAlone) {
  KeptBlocks blocks;
  int other = 0;
  EXPECT_FALSE(blocks.give_back(&other));
  void* const block = std::aligned_alloc(kPage, kPage);
  EXPECT_FALSE(blocks.give_back(block));
  std::free(block);
}

TEST(KeptBlocks, WhatTheSystemDoesNotHaveIsBadAlloc) {
  KeptBlocks blocks;
  blocks.give_back(blocks.take(kPage));
  EXPECT_THROW(blocks.take(size_t{1} << 60), std::bad_alloc);
  EXPECT_EQ(blocks.kept_bytes(), 0U);  // it was tried without them
}

TEST(KeptBlocks, ThreadsDoNotShareABlock) {
  KeptBlocks blocks;
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&blocks, number] {
      for (int round = 0; round < 200; ++round) {
        auto* const bytes = static_cast<unsigned char*>(blocks.take(kPage));
        bytes[0] = static_cast<unsigned char>(number);
        std::this_thread::yield();
        EXPECT_EQ(bytes[0], number);
        blocks.give_back(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(blocks.kept_bytes(), 4 * kPage);
}

}  // namespace
}  // namespace train_backbone::ops
