#include "comm/tcp_ranks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "comm/exchange_communicator.h"
#include "comm/sockets.h"
#include "comm/tcp_exchange.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/version.h"

namespace train_backbone::comm {
namespace {

using Clock = std::chrono::steady_clock;
using core::FileDescriptor;

constexpr std::chrono::seconds kMeshPatience(60);

// What a rank says first on each connection.
struct Greeting {
  std::array<char, 16> magic{};  // of this program
  int64_t world_size = 0;
  int64_t rank = 0;
  int64_t port = 0;  // where it listens for the others
};
constexpr std::array<char, 16> kMagic{"train_backbone1"};

// Where the ranks listen, by rank.
struct Place {
  std::string address;
  int port = 0;
};
using Places = std::vector<Place>;

std::span<std::byte> bytes_of(Greeting& greeting) {
  return std::as_writable_bytes(std::span(&greeting, 1));
}

bool send_text(const FileDescriptor& socket, const std::string& text, Deadline deadline) {
  std::array<uint64_t, 1> size{text.size()};
  return send_all(socket, std::as_bytes(std::span(size)), deadline) &&
         send_all(socket, std::as_bytes(std::span(text)), deadline);
}

std::optional<std::string> receive_text(const FileDescriptor& socket, Deadline deadline) {
  constexpr uint64_t kMost = 1 << 20;
  std::array<uint64_t, 1> size{};
  if (!receive_all(socket, std::as_writable_bytes(std::span(size)), deadline) || size[0] > kMost) {
    return std::nullopt;
  }
  std::string text(size[0], '\0');
  if (!receive_all(socket, std::as_writable_bytes(std::span(text)), deadline)) return std::nullopt;
  return text;
}

std::string text_of(const Places& places) {
  std::string text;
  for (const Place& place : places) text += core::format("{} {}\n", place.address, place.port);
  return text;
}

Places parse_places(const std::string& text) {
  Places places;
  for (size_t begin = 0; begin < text.size();) {
    const size_t space = text.find(' ', begin);
    const size_t end = text.find('\n', space);
    places.push_back(
        {text.substr(begin, space - begin), std::stoi(text.substr(space + 1, end - space - 1))});
    begin = end + 1;
  }
  return places;
}

[[noreturn]] void throw_missing(const Launch& launch, const Places& places) {
  std::string names;
  for (size_t rank = 1; rank < places.size(); ++rank) {
    if (places[rank].port == 0) names += core::format("{}{}", names.empty() ? "" : ", ", rank);
  }
  throw core::DeviceError(core::format(
      "rank {} of {} did not come to port {} in time: were all processes started, with the same "
      "WORLD_SIZE, and may they reach this host?",
      names, launch.world_size, launch.port));
}

// The first rank's part: hears where everyone listens and tells all.
Places gather_places(const Launch& launch, int own_port, Deadline deadline) {
  const FileDescriptor listener = listen_on(static_cast<int>(launch.port));
  Places places(static_cast<size_t>(launch.world_size));
  places[0] = {launch.address, own_port};
  std::vector<FileDescriptor> sockets;
  while (sockets.size() + 1 < places.size()) {
    FileDescriptor socket = accept_from(listener, deadline);
    if (!socket.valid()) throw_missing(launch, places);
    Greeting greeting;
    const Deadline soon = std::min(deadline, Clock::now() + std::chrono::seconds(5));
    if (!receive_all(socket, bytes_of(greeting), soon) || greeting.magic != kMagic) continue;
    if (greeting.world_size != launch.world_size || greeting.rank < 1 ||
        greeting.rank >= launch.world_size ||
        places[static_cast<size_t>(greeting.rank)].port != 0) {
      throw core::DeviceError(core::format(
          "a process at {} says that it is rank {} of {}, which contradicts the {} ranks of this "
          "run: another run on port {}, or a wrong RANK or WORLD_SIZE?",
          peer_address(socket), greeting.rank, greeting.world_size, launch.world_size,
          launch.port));
    }
    // From this host itself: the others reach it where they reached this rank.
    const std::string address = peer_address(socket);
    places[static_cast<size_t>(greeting.rank)] = {
        address.starts_with("127.") ? launch.address : address, static_cast<int>(greeting.port)};
    sockets.push_back(std::move(socket));
  }
  for (const FileDescriptor& socket : sockets) send_text(socket, text_of(places), deadline);
  return places;
}

// The others' part. The first rank may begin later.
Places ask_places(const Launch& launch, int own_port, Deadline deadline) {
  while (Clock::now() < deadline) {
    const FileDescriptor socket =
        connect_to(launch.address, static_cast<int>(launch.port), deadline);
    if (socket.valid()) {
      Greeting greeting{
          .magic = kMagic, .world_size = launch.world_size, .rank = launch.rank, .port = own_port};
      send_all(socket, bytes_of(greeting), deadline);
      if (const auto text = receive_text(socket, deadline)) return parse_places(*text);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw core::DeviceError(
      core::format("rank {}: no answer from rank 0 at {} port {}: was it started, does MASTER_ADDR "
                   "name its host, "
                   "and did it meet all {} ranks?",
                   launch.rank, launch.address, launch.port, launch.world_size));
}

// Each rank connects to those below it and is connected to by those above.
std::vector<FileDescriptor> connect_all(int64_t rank, const Places& places,
                                        const FileDescriptor& listener, Deadline deadline) {
  const auto ranks = static_cast<int64_t>(places.size());
  std::vector<FileDescriptor> sockets(places.size());
  const auto fail = [&](int64_t peer) {
    throw core::DeviceError(
        core::format("rank {} does not reach rank {} ({}); a firewall between the hosts?", rank,
                     peer, places[static_cast<size_t>(peer)].address));
  };
  for (int64_t peer = 0; peer < rank; ++peer) {
    const Place& place = places[static_cast<size_t>(peer)];
    FileDescriptor socket = connect_to(place.address, place.port, deadline);
    Greeting greeting{.magic = kMagic, .world_size = ranks, .rank = rank, .port = 0};
    if (!socket.valid() || !send_all(socket, bytes_of(greeting), deadline)) fail(peer);
    sockets[static_cast<size_t>(peer)] = std::move(socket);
  }
  for (int64_t missing = ranks - rank - 1; missing > 0;) {
    FileDescriptor socket = accept_from(listener, deadline);
    if (!socket.valid()) {
      const auto first = std::find_if(sockets.begin() + rank + 1, sockets.end(),
                                      [](const FileDescriptor& each) { return !each.valid(); });
      fail(first - sockets.begin());
    }
    Greeting greeting;
    const Deadline soon = std::min(deadline, Clock::now() + std::chrono::seconds(5));
    if (!receive_all(socket, bytes_of(greeting), soon) || greeting.magic != kMagic ||
        greeting.world_size != ranks || greeting.rank <= rank || greeting.rank >= ranks ||
        sockets[static_cast<size_t>(greeting.rank)].valid()) {
      continue;
    }
    sockets[static_cast<size_t>(greeting.rank)] = std::move(socket);
    --missing;
  }
  return sockets;
}

std::unique_ptr<Communicator> make_ranks(int64_t rank, Places places,
                                         const FileDescriptor& listener);

// The same ranks over new connections; where they listen they tell over the old ones.
std::unique_ptr<Communicator> duplicate_of(ExchangeCommunicator& communicator, Places places) {
  const FileDescriptor listener = listen_on(0);
  const auto ports = communicator.all_gather(core::format("{}", port_of(listener)));
  for (size_t rank = 0; rank < places.size(); ++rank) places[rank].port = std::stoi(ports[rank]);
  return make_ranks(communicator.rank(), std::move(places), listener);
}

std::unique_ptr<Communicator> make_ranks(int64_t rank, Places places,
                                         const FileDescriptor& listener) {
  std::vector<std::string> addresses;
  for (const Place& place : places) addresses.push_back(place.address);
  auto sockets = connect_all(rank, places, listener, Clock::now() + kMeshPatience);
  return std::make_unique<ExchangeCommunicator>(
      std::make_unique<TcpExchange>(rank, std::move(sockets), std::move(addresses)),
      [places](ExchangeCommunicator& communicator) { return duplicate_of(communicator, places); });
}

}  // namespace

std::unique_ptr<Communicator> make_tcp_ranks(const Launch& launch, std::chrono::seconds patience) {
  const Deadline deadline = Clock::now() + patience;
  const FileDescriptor listener = listen_on(0);
  Places places = launch.rank == 0 ? gather_places(launch, port_of(listener), deadline)
                                   : ask_places(launch, port_of(listener), deadline);
  return make_ranks(launch.rank, std::move(places), listener);
}

}  // namespace train_backbone::comm
