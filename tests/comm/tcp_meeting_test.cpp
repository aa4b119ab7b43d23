// How ranks without MPI find each other: what the first one tells them, and what the others make of
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>

#include "comm/sockets.h"
#include "comm/tcp_ranks.h"
#include "tests/comm/on_threads.h"
#include "tests/support/free_port.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr seconds kPatience(30);

// What a rank says first on a connection.
struct Greeting {
  std::array<char, 16> magic{"train_backbone1"};
  int64_t world_size = 3;
  int64_t rank = 0;
  int64_t port = 0;
};

Launch rank_of_three(int64_t rank, const std::string& address, int64_t port) {
  return {.rank = rank,
          .world_size = 3,
          .launcher = "torchrun",
          .over_mpi = false,
          .address = address,
          .port = port};
}

// A rank of which the test plays the part: it keeps its connections and does nothing else.
class PlayedRank {
 public:
  explicit PlayedRank(int64_t rank) : rank_(rank) {}

  // Greets the first rank, at any of this host's addresses, and says that it listens at `own_port`.
  void come(const std::string& address, int port, int64_t own_port) {
    while (!meeting_.valid()) meeting_ = connect_to(address, port, deadline_);
    greet(meeting_, own_port);
  }
  // "ADDRESS PORT\n" of each rank.
  [[nodiscard]] std::string told() const {
    std::array<uint64_t, 1> size{};
    EXPECT_TRUE(receive_all(meeting_, std::as_writable_bytes(std::span(size)), deadline_));
    std::string text(size[0], '\0');
    EXPECT_TRUE(receive_all(meeting_, std::as_writable_bytes(std::span(text)), deadline_));
    return text;
  }
  // Its connection to the first rank, which does not go on without.
  void join_first(const std::string& told) {
    std::istringstream words(told);
    std::string address;
    int port = 0;
    words >> address >> port;
    to_first_ = connect_to("127.0.0.1", port, deadline_);
    greet(to_first_, 0);
  }

 private:
  void greet(const core::FileDescriptor& socket, int64_t own_port) const {
    Greeting greeting{.rank = rank_, .port = own_port};
    send_all(socket, std::as_bytes(std::span(&greeting, 1)), deadline_);
  }

  int64_t rank_;
  Deadline deadline_ = std::chrono::steady_clock::now() + kPatience;
  core::FileDescriptor meeting_;
  core::FileDescriptor to_first_;
};

// On Debian a host's own name is 127.0.1.1 to itself: ranks there meet the first one at an address
// that means another host to everyone else.
TEST(TcpMeeting, NobodyIsToldAnAddressOfTheLoopback) {
  const int port = test::free_port();
  PlayedRank second(1);
  PlayedRank third(2);
  on_threads(2, [&](int64_t thread) {
    if (thread == 0) {
      make_tcp_ranks(rank_of_three(0, "first-host", port), kPatience);
      return;
    }
    second.come("127.0.1.1", port, 41);
    third.come("127.0.0.1", port, 42);
    const std::string told = third.told();
    EXPECT_EQ(second.told(), told);
    EXPECT_THAT(told, testing::MatchesRegex("first-host [0-9]+\nfirst-host 41\nfirst-host 42\n"));
    second.join_first(told);
    third.join_first(told);
  });
}

TEST(TcpMeeting, ARankThatCannotBeReachedIsNamedWithItsAddress) {
  const int port = test::free_port();
  const int nobody = test::free_port();
  PlayedRank second(1);
  on_threads(3, [&](int64_t rank) {
    if (rank == 1) {
      second.come("127.0.0.1", port, nobody);
      second.join_first(second.told());
      return;
    }
    const auto meet = [&] { make_tcp_ranks(rank_of_three(rank, "127.0.0.1", port), kPatience); };
    if (rank == 0) {
      EXPECT_NO_THROW(meet());
    } else {
      EXPECT_THAT(meet, ThrowsMessage<core::DeviceError>(
                            HasSubstr("rank 2 does not reach rank 1 (127.0.0.1)")));
    }
  });
}

}  // namespace
}  // namespace train_backbone::comm
