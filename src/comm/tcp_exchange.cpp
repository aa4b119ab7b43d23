#include "comm/tcp_exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "comm/sockets.h"
#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {

TcpExchange::TcpExchange(int64_t rank, std::vector<core::FileDescriptor> sockets,
                         std::vector<std::string> addresses)
    : rank_(rank), sockets_(std::move(sockets)), addresses_(std::move(addresses)) {
  for (const core::FileDescriptor& socket : sockets_) {
    if (socket.valid()) set_non_blocking(socket);
  }
}

void TcpExchange::hung_up(size_t peer) const {
  throw LostPeer(core::format("rank {} ({}) has hung up: what it printed last may say why", peer,
                              addresses_[peer]));
}

void TcpExchange::send_some(size_t peer, std::span<const std::byte>& rest) const {
  const ssize_t count = ::send(sockets_[peer].get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (count > 0) {
    rest = rest.subspan(static_cast<size_t>(count));
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    hung_up(peer);
  }
}

void TcpExchange::receive_some(size_t peer, std::span<std::byte>& rest) const {
  const ssize_t count = ::recv(sockets_[peer].get(), rest.data(), rest.size(), 0);
  if (count > 0) {
    rest = rest.subspan(static_cast<size_t>(count));
  } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
    hung_up(peer);
  }
}

// All directions at once, so that two ranks with much to send do not wait for each other.
void TcpExchange::exchange(std::span<const std::span<const std::byte>> outgoing,
                           std::span<const std::span<std::byte>> incoming) {
  std::vector<std::span<const std::byte>> to_send(outgoing.begin(), outgoing.end());
  std::vector<std::span<std::byte>> to_receive(incoming.begin(), incoming.end());
  const auto own = static_cast<size_t>(rank_);
  if (!outgoing[own].empty()) {
    std::memmove(incoming[own].data(), outgoing[own].data(), outgoing[own].size());
  }
  to_send[own] = {};
  to_receive[own] = {};
  while (true) {
    std::vector<pollfd> waiting;
    std::vector<size_t> peers;
    for (size_t peer = 0; peer < sockets_.size(); ++peer) {
      const int events =
          (to_send[peer].empty() ? 0 : POLLOUT) | (to_receive[peer].empty() ? 0 : POLLIN);
      if (events == 0) continue;
      waiting.push_back(
          {.fd = sockets_[peer].get(), .events = static_cast<short>(events), .revents = 0});
      peers.push_back(peer);
    }
    if (waiting.empty()) return;
    ::poll(waiting.data(), waiting.size(), -1);
    for (size_t i = 0; i < waiting.size(); ++i) {
      const size_t peer = peers[i];
      const bool broken = (waiting[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
      if (!to_receive[peer].empty() && (broken || (waiting[i].revents & POLLIN) != 0)) {
        receive_some(peer, to_receive[peer]);
      }
      if (!to_send[peer].empty() && (broken || (waiting[i].revents & POLLOUT) != 0)) {
        send_some(peer, to_send[peer]);
      }
    }
  }
}

}  // namespace train_backbone::comm
