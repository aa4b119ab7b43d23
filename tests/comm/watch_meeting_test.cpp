#include "comm/watch_meeting.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "comm/sockets.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {
namespace {

using core::FileDescriptor;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

constexpr seconds kPatience(30);
constexpr const char* kToken = "0123456789abcdef";

// One of two ranks, which hears of the first one what the test says; the meeting needs no more.
class Told final : public Communicator {
 public:
  Told(int64_t rank, std::string invitation) : rank_(rank), invitation_(std::move(invitation)) {}

  [[nodiscard]] int64_t rank() const override { return rank_; }
  [[nodiscard]] int64_t world_size() const override { return 2; }
  std::vector<std::string> all_gather(std::string_view own) override {
    if (rank_ == 0) invitation_ = own;
    return {invitation_, ""};
  }
  [[nodiscard]] const std::string& invitation() const { return invitation_; }

  void all_reduce(std::span<float> /*values*/, float /*scale*/) override { unused(); }
  void all_reduce(std::span<double> /*values*/, double /*scale*/) override { unused(); }
  void all_reduce_bfloat16(std::span<float> /*values*/, float /*scale*/) override { unused(); }
  void broadcast(std::span<std::byte> /*bytes*/, int64_t /*root*/) override { unused(); }
  void barrier() override { unused(); }
  std::unique_ptr<Communicator> duplicate() override {
    unused();
    return nullptr;
  }

 private:
  static void unused() { ADD_FAILURE() << "the meeting is all_gather alone"; }

  int64_t rank_;
  std::string invitation_;
};

sockaddr_in place_of(const std::string& address, int port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<uint16_t>(port));
  ::inet_pton(AF_INET, address.c_str(), &place.sin_addr);
  return place;
}

// At one of this host's addresses alone; port 0: any.
FileDescriptor listen_at(const std::string& address, int port, int queue) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in place = place_of(address, port);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof(place)), 0);
  EXPECT_EQ(::listen(socket.get(), queue), 0);
  return socket;
}

std::string invitation_to(int port, const std::string& addresses) {
  return std::string(kToken) + " " + std::to_string(port) + " " + addresses;
}

// The first rank's answer to the next connection.
void greet_next(const FileDescriptor& listener) {
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  WatchLine line(accept_from(listener, deadline));
  for (std::vector<WatchMessage> heard; heard.empty() && !line.closed();) {
    heard = line.receive();
    std::this_thread::sleep_for(milliseconds(1));
  }
  line.send({.kind = WatchKind::kHello, .rank = 0, .progress = {}, .text = kToken});
}

// Whether the second rank, on a host of this name, meets a first one that listens at `address` and
// has told `addresses`.
bool meets(const std::string& host, const std::string& address, const std::string& addresses) {
  const FileDescriptor first = listen_at(address, 0, 8);
  const std::jthread answering([&] { greet_next(first); });
  Told communicator(1, invitation_to(port_of(first), addresses));
  const auto lines = meet_for_watch(communicator, {"a", host}, kPatience);
  return lines.at(0) != nullptr && lines.at(1) == nullptr;
}

TEST(WatchMeeting, AllAddressesOfTheFirstRankAreTried) {
  EXPECT_TRUE(meets("b", "127.0.0.5", "127.0.0.6 127.0.0.7 127.0.0.5"));
}

TEST(WatchMeeting, OnTheFirstRanksHostTheLoopbackWillDo) {
  EXPECT_TRUE(meets("a", "127.0.0.1", ""));
}

// As behind a firewall that drops what it does not like: the time is for all addresses.
TEST(WatchMeeting, AnAddressThatAnswersNothingLeavesTimeForTheOthers) {
  const FileDescriptor first = listen_at("127.0.0.5", 0, 8);
  const int port = port_of(first);
  // One connection fills the queue of a listener that accepts none; the next one gets no answer.
  const FileDescriptor mute = listen_at("127.0.0.6", port, 0);
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  const FileDescriptor queued = connect_to("127.0.0.6", port, deadline);
  ASSERT_TRUE(queued.valid());
  const std::jthread answering([&] { greet_next(first); });
  Told communicator(1, invitation_to(port, "127.0.0.6 127.0.0.5"));
  EXPECT_NE(meet_for_watch(communicator, {"a", "b"}, seconds(6)).at(0), nullptr);
}

TEST(WatchMeeting, AFirstRankThatCannotBeReachedIsNamed) {
  const int nobody = port_of(listen_at("127.0.0.5", 0, 8));
  Told communicator(1, invitation_to(nobody, "127.0.0.5 127.0.0.6"));
  EXPECT_THAT(
      [&] {
        meet_for_watch(communicator, {"a", "b"}, kPatience);
      },
      ThrowsMessage<core::DeviceError>(
          HasSubstr("a (rank 0) cannot be reached over TCP from b (rank 1)")));
}

// What a host's own name means there (127.0.1.1 on Debian) is of no use to others; those on the
// same host know the loopback themselves.
TEST(WatchMeeting, TheFirstRankTellsNoAddressOfTheLoopbackAndNamesWhoDoesNotCome) {
  Told communicator(0, "");
  EXPECT_THAT(
      [&] {
        meet_for_watch(communicator, {"a", "b"}, milliseconds(50));
      },
      ThrowsMessage<core::DeviceError>(HasSubstr("rank 1 (b) does not reach a over TCP")));
  EXPECT_THAT(communicator.invitation(),
              AllOf(testing::MatchesRegex("[0-9a-f]+ [0-9]+( [0-9.]+)*"), Not(HasSubstr(" 127."))));
}

}  // namespace
}  // namespace train_backbone::comm
