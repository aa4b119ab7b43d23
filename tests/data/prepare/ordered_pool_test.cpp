#include "train_backbone/core/ordered_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "train_backbone/core/errors.h"

namespace train_backbone::core {
namespace {

using std::chrono::milliseconds;

template <class Result>
std::vector<Result> drain(OrderedPool<Result>& pool) {
  std::vector<Result> results;
  while (std::optional<Result> result = pool.next()) results.push_back(std::move(*result));
  return results;
}

TEST(OrderedPoolTest, ResultsComeInOrderThoughTasksEndOutOfOrder) {
  OrderedPool<uint64_t> pool(4, 40, 8, [](size_t, uint64_t task) {
    std::this_thread::sleep_for(milliseconds(task % 4 == 0 ? 4 : 0));
    return task * task;
  });
  const std::vector<uint64_t> results = drain(pool);
  ASSERT_EQ(results.size(), 40U);
  for (uint64_t task = 0; task < 40; ++task) EXPECT_EQ(results[task], task * task);
  EXPECT_EQ(pool.next(), std::nullopt);
}

TEST(OrderedPoolTest, NeverRunsAheadOfTheWindow) {
  std::atomic<uint64_t> begun = 0;
  OrderedPool<int> pool(3, 100, 5, [&](size_t, uint64_t) { return static_cast<int>(++begun); });
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(begun, 5U);
  pool.next();
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(begun, 6U);
}

TEST(OrderedPoolTest, ExceptionArrivesInTheTasksPlaceAndStays) {
  OrderedPool<int> pool(4, 20, 8, [](size_t, uint64_t task) {
    if (task == 7) throw std::runtime_error("seven");
    return static_cast<int>(task);
  });
  for (int task = 0; task < 7; ++task) EXPECT_EQ(pool.next(), task);
  for (int again = 0; again < 2; ++again) {
    try {
      pool.next();
      FAIL() << "the exception got lost";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "seven");
    }
  }
}

TEST(OrderedPoolTest, EarliestOfSeveralExceptionsIsThrown) {
  OrderedPool<int> pool(4, 4, 4, [](size_t, uint64_t task) -> int {
    std::this_thread::sleep_for(milliseconds(20 - 5 * task));
    throw std::runtime_error(std::to_string(task));
  });
  try {
    pool.next();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "0");
  }
}

TEST(OrderedPoolTest, EndlessPoolIsTornDownWithResultsUnfetched) {
  std::atomic<int> alive = 0;
  {
    OrderedPool<std::shared_ptr<int>> pool(
        2, OrderedPool<std::shared_ptr<int>>::kEndless, 4, [&](size_t, uint64_t) {
          ++alive;
          return std::shared_ptr<int>(new int(0), [&](const int* value) {
            --alive;
            delete value;
          });
        });
    pool.next();
  }
  EXPECT_EQ(alive, 0);
}

TEST(OrderedPoolTest, WorkerNumbersNameTheThreads) {
  std::vector<std::atomic<int>> busy(3);
  std::atomic<bool> shared = false;
  OrderedPool<size_t> pool(3, 60, 6, [&](size_t worker, uint64_t) {
    if (busy.at(worker).fetch_add(1) != 0) shared = true;
    std::this_thread::sleep_for(milliseconds(1));
    busy.at(worker).fetch_sub(1);
    return worker;
  });
  const std::vector<size_t> workers = drain(pool);
  EXPECT_FALSE(shared);
  EXPECT_LT(*std::max_element(workers.begin(), workers.end()), 3U);
}

TEST(OrderedPoolTest, NoTasksIsTheEnd) {
  OrderedPool<int> pool(2, 0, 2, [](size_t, uint64_t) { return 1; });
  EXPECT_EQ(pool.next(), std::nullopt);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// A limit on threads or, as here, on the memory of their stacks; sanitizers need that memory.
TEST(OrderedPoolTest, ThreadThatCannotStartIsAnErrorNotTheEnd) {
  rlimit before{};
  ::getrlimit(RLIMIT_AS, &before);
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t used = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const rlimit small = {.rlim_cur = used + (rlim_t{256} << 20), .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_AS, &small);
  std::string text;
  try {
    OrderedPool<int> pool(1000, 1000, 1000, [](size_t, uint64_t) { return 0; });
  } catch (const DeviceError& error) {
    text = error.what();
  }
  ::setrlimit(RLIMIT_AS, &before);
  EXPECT_NE(text.find("cannot start 1000 threads"), std::string::npos) << text;
  EXPECT_NE(text.find("--workers"), std::string::npos) << text;
}
#endif

}  // namespace
}  // namespace train_backbone::core
