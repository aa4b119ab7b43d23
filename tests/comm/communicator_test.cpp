#include "train_backbone/comm/communicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "comm/sockets.h"
#include "comm/tcp_ranks.h"
#include "tests/comm/communicator_battery.h"
#include "tests/comm/on_threads.h"
#include "tests/support/free_port.h"
#include "train_backbone/comm/fail_together.h"
#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/comm/make_communicator.h"
#include "train_backbone/comm/thread_ranks.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Launch over_tcp(int64_t rank, int64_t ranks, int64_t port) {
  return {.rank = rank,
          .world_size = ranks,
          .launcher = "torchrun",
          .over_mpi = false,
          .address = "127.0.0.1",
          .port = port};
}

class Ranks : public testing::TestWithParam<int> {};

TEST_P(Ranks, OnThreadsKeepThePromises) {
  const auto ranks = make_thread_ranks(GetParam());
  on_threads(GetParam(),
             [&](int64_t rank) { expect_promises_kept(*ranks[static_cast<size_t>(rank)]); });
}

TEST_P(Ranks, OverTcpKeepThePromises) {
  const int64_t port = test::free_port();
  on_threads(GetParam(), [&](int64_t rank) {
    const auto communicator = make_communicator(over_tcp(rank, GetParam(), port));
    EXPECT_EQ(communicator->rank(), rank);
    EXPECT_EQ(communicator->world_size(), GetParam());
    expect_promises_kept(*communicator);
  });
}

INSTANTIATE_TEST_SUITE_P(World, Ranks, testing::Values(1, 2, 3, 4, 7));

TEST(TcpRanks, ARankThatDoesNotComeIsNamed) {
  const int64_t port = test::free_port();
  on_threads(2, [&](int64_t rank) {
    const auto meet = [&] { make_tcp_ranks(over_tcp(rank, 4, port), std::chrono::seconds(3)); };
    if (rank == 0) {
      EXPECT_THAT(meet, ThrowsMessage<core::DeviceError>(HasSubstr("rank 2, 3 of 4")));
    } else {
      EXPECT_THAT(meet, ThrowsMessage<core::DeviceError>(HasSubstr("no answer from rank 0")));
    }
  });
}

TEST(TcpRanks, AProcessOfAnotherRunIsRefused) {
  const int64_t port = test::free_port();
  on_threads(2, [&](int64_t rank) {
    const int64_t ranks = rank == 0 ? 2 : 3;
    // The first one ends when the other comes, which then waits for an answer in vain.
    const std::chrono::seconds patience(rank == 0 ? 30 : 3);
    const auto meet = [&] { make_tcp_ranks(over_tcp(rank, ranks, port), patience); };
    if (rank == 0) {
      EXPECT_THAT(meet, ThrowsMessage<core::DeviceError>(HasSubstr("rank 1 of 3")));
    } else {
      EXPECT_THROW(meet(), core::DeviceError);
    }
  });
}

// A port scanner, or a browser.
TEST(TcpRanks, AStrangerIsIgnored) {
  const int64_t port = test::free_port();
  std::latch stranger_came(1);
  on_threads(3, [&](int64_t rank) {
    if (rank == 2) {
      const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
      core::FileDescriptor socket;
      while (!socket.valid()) socket = connect_to("127.0.0.1", static_cast<int>(port), deadline);
      const std::string text = "GET / HTTP/1.1\r\nHost: here and there and everywhere\r\n\r\n";
      EXPECT_TRUE(send_all(socket, std::as_bytes(std::span(text)), deadline));
      stranger_came.count_down();
      return;
    }
    if (rank == 1) stranger_came.wait();
    expect_promises_kept(*make_communicator(over_tcp(rank, 2, port)));
  });
}

TEST(TcpRanks, ARankThatHangsUpIsNamed) {
  const int64_t port = test::free_port();
  on_threads(3, [&](int64_t rank) {
    auto communicator = make_communicator(over_tcp(rank, 3, port));
    if (rank == 1) {
      communicator.reset();
      return;
    }
    EXPECT_THAT(
        [&] {
          while (true) communicator->barrier();
        },
        ThrowsMessage<LostPeer>(AllOf(HasSubstr("rank"), HasSubstr("hung up"))));
  });
}

TEST(FailTogether, WhatFailsOnOneRankFailsOnAll) {
  const auto ranks = make_thread_ranks(3);
  std::atomic<int> failed{0};
  on_threads(3, [&](int64_t rank) {
    Communicator& own = *ranks[static_cast<size_t>(rank)];
    fail_together(own, [] {});
    try {
      fail_together(own, [&] {
        if (rank == 1) throw core::DataError("a/file", "is bad");
        if (rank == 2) throw core::UsageError("something else");
      });
    } catch (const core::DataError& error) {
      EXPECT_STREQ(error.what(), "a/file: is bad");
      EXPECT_TRUE(error.told());
      ++failed;
    }
    own.barrier();  // all go on as one
  });
  EXPECT_EQ(failed, 3);
}

TEST(FailTogether, OneRankAloneThrowsItsOwn) {
  const auto alone = make_thread_ranks(1);
  try {
    fail_together(*alone[0], [] { throw core::UsageError("wrong"); });
    FAIL() << "nothing was thrown";
  } catch (const core::UsageError& error) {
    EXPECT_FALSE(error.told());
  }
}

}  // namespace
}  // namespace train_backbone::comm
