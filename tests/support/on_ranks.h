#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "train_backbone/comm/thread_ranks.h"

namespace train_backbone::test {

// Runs `body` on n ranks, a thread each, and waits for all. Throws what the lowest rank that threw
// threw; a rank that throws alone leaves the others waiting for it.
inline void on_ranks(int64_t n,
                     const std::function<void(std::unique_ptr<comm::Communicator>)>& body) {
  auto communicators = comm::make_thread_ranks(n);
  std::vector<std::exception_ptr> errors(communicators.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < communicators.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        body(std::move(communicators[i]));
      } catch (...) {
        errors[i] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace train_backbone::test
