#include "comm/watch_meeting.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <random>
#include <sstream>
#include <utility>

#include "comm/sockets.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

using Clock = std::chrono::steady_clock;
using core::FileDescriptor;

constexpr const char* kLoopback = "127.0.0.1";

// IPv4 addresses of this host that others may reach: not the loopback, nor what its own name means
// here (127.0.1.1 on Debian).
std::vector<std::string> own_addresses() {
  std::vector<std::string> addresses;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    throw core::DeviceError(
        core::format("heartbeats: no network interfaces: {}", std::strerror(errno)));
  }
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    if ((entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0) continue;
    char text[INET_ADDRSTRLEN] = {};
    const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
    ::inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
    addresses.emplace_back(text);
  }
  ::freeifaddrs(list);
  return addresses;
}

// "TOKEN PORT ADDRESS...".
std::string invitation(const FileDescriptor& listener) {
  std::random_device random;
  std::string text = core::format("{:08x}{:08x} {}", random(), random(), port_of(listener));
  for (const std::string& address : own_addresses()) text += " " + address;
  return text;
}

// The peer's greeting; nothing from a stranger.
std::optional<int64_t> greeted_by(WatchLine& line, const std::string& token, Deadline end) {
  while (!line.closed() && Clock::now() < end) {
    for (const WatchMessage& message : line.receive()) {
      if (message.kind == WatchKind::kHello && message.text == token) return message.rank;
      return std::nullopt;
    }
    pollfd waiting{.fd = line.fd(), .events = POLLIN, .revents = 0};
    constexpr std::chrono::milliseconds kMoment(1000);
    ::poll(&waiting, 1, static_cast<int>(std::min(time_until(end), kMoment).count()));
  }
  return std::nullopt;
}

using Lines = std::vector<std::unique_ptr<WatchLine>>;

[[noreturn]] void throw_missing(const Lines& lines, const std::vector<std::string>& hosts) {
  const auto place = std::find(lines.begin() + 1, lines.end(), nullptr);
  const auto rank = static_cast<size_t>(place - lines.begin());
  throw core::DeviceError(core::format(
      "heartbeats: rank {} ({}) does not reach {} over TCP; a firewall between the hosts?", rank,
      hosts.at(rank), hosts.front()));
}

Lines invite(const FileDescriptor& listener, const std::string& token,
             const std::vector<std::string>& hosts, Deadline end) {
  Lines lines(hosts.size());
  for (size_t missing = lines.size() - 1; missing > 0;) {
    FileDescriptor socket = accept_from(listener, end);
    if (!socket.valid()) throw_missing(lines, hosts);
    auto line = std::make_unique<WatchLine>(std::move(socket));
    constexpr std::chrono::milliseconds kStranger(1000);  // may say nothing
    const std::optional<int64_t> rank =
        greeted_by(*line, token, std::min(end, Clock::now() + kStranger));
    if (!rank || *rank < 1 || *rank >= static_cast<int64_t>(hosts.size())) continue;
    if (lines.at(static_cast<size_t>(*rank))) continue;
    line->send({.kind = WatchKind::kHello, .rank = 0, .progress = {}, .text = token});
    lines.at(static_cast<size_t>(*rank)) = std::move(line);
    --missing;
  }
  return lines;
}

Lines accept_invitation(const std::string& invitation, int64_t rank,
                        const std::vector<std::string>& hosts, Deadline end) {
  std::istringstream words(invitation);
  std::string token;
  int port = 0;
  words >> token >> port;
  std::vector<std::string> addresses;
  if (hosts[static_cast<size_t>(rank)] == hosts[0]) addresses.emplace_back(kLoopback);
  for (std::string address; words >> address;) addresses.push_back(address);
  auto left = static_cast<int>(addresses.size());
  for (const std::string& address : addresses) {
    FileDescriptor socket = connect_to(address, port, Clock::now() + time_until(end) / left--);
    if (!socket.valid()) continue;
    auto line = std::make_unique<WatchLine>(std::move(socket));
    line->send({.kind = WatchKind::kHello, .rank = rank, .progress = {}, .text = token});
    if (greeted_by(*line, token, end) != 0) continue;
    Lines lines(hosts.size());
    lines.at(0) = std::move(line);
    return lines;
  }
  throw core::DeviceError(core::format(
      "heartbeats: {} (rank 0) cannot be reached over TCP from {} (rank {}) at any of its "
      "addresses; a firewall between the hosts?",
      hosts[0], hosts[static_cast<size_t>(rank)], rank));
}

}  // namespace

Lines meet_for_watch(Communicator& communicator, const std::vector<std::string>& hosts,
                     std::chrono::milliseconds patience) {
  const Deadline end = Clock::now() + patience;
  if (communicator.rank() != 0) {
    const std::string invited = communicator.all_gather("").front();
    return accept_invitation(invited, communicator.rank(), hosts, end);
  }
  const FileDescriptor listener = listen_on(0);
  const std::string text = invitation(listener);
  communicator.all_gather(text);
  return invite(listener, text.substr(0, text.find(' ')), hosts, end);
}

}  // namespace train_backbone::comm
