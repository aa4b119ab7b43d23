#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace train_backbone::comm {

// Runs `work` for each rank on a thread of its own.
inline void on_threads(int64_t count, const std::function<void(int64_t)>& work) {
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < count; ++rank) threads.emplace_back(work, rank);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace train_backbone::comm
