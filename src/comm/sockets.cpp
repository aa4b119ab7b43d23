#include "comm/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

using core::FileDescriptor;

[[noreturn]] void fail(const std::string& what) {
  throw core::DeviceError(core::format("{}: {}", what, std::strerror(errno)));
}

FileDescriptor make_socket() {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) fail("no network socket");
  return socket;
}

// Whether it happens in time.
bool wait_for(const FileDescriptor& socket, short event, Deadline deadline) {
  pollfd waiting{.fd = socket.get(), .events = event, .revents = 0};
  int ready = 0;
  do {
    constexpr std::chrono::milliseconds kMost(std::numeric_limits<int>::max());
    ready = ::poll(&waiting, 1, static_cast<int>(std::min(kMost, time_until(deadline)).count()));
  } while (ready < 0 && errno == EINTR);
  return ready == 1;
}

// Small messages are not held back for larger ones.
void set_no_delay(const FileDescriptor& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool connected(const FileDescriptor& socket, const sockaddr* peer, socklen_t size,
               Deadline deadline) {
  if (::connect(socket.get(), peer, size) == 0) return true;
  if (errno != EINPROGRESS || !wait_for(socket, POLLOUT, deadline)) return false;
  int error = 0;
  socklen_t error_size = sizeof(error);
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &error_size) == 0 && error == 0;
}

bool may_go_on() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

std::chrono::milliseconds time_until(Deadline deadline) {
  constexpr std::chrono::milliseconds kNone(0);
  return std::max(kNone, std::chrono::duration_cast<std::chrono::milliseconds>(
                             deadline - std::chrono::steady_clock::now()));
}

FileDescriptor listen_on(int port) {
  FileDescriptor socket = make_socket();
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(static_cast<uint16_t>(port));
  any.sin_addr.s_addr = htonl(INADDR_ANY);
  constexpr int kQueue = 4096;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0 ||
      ::listen(socket.get(), kQueue) != 0) {
    fail(core::format("cannot listen on port {}", port));
  }
  set_non_blocking(socket);
  return socket;
}

int port_of(const FileDescriptor& socket) {
  sockaddr_in own{};
  socklen_t size = sizeof(own);
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) fail("no port");
  return ntohs(own.sin_port);
}

std::string peer_address(const FileDescriptor& socket) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  char text[INET_ADDRSTRLEN] = {};
  if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "unknown";
  ::inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));
  return text;
}

FileDescriptor accept_from(const FileDescriptor& listener, Deadline deadline) {
  while (wait_for(listener, POLLIN, deadline)) {
    FileDescriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) continue;  // gone again
    set_no_delay(socket);
    return socket;
  }
  return {};
}

FileDescriptor connect_to(const std::string& host, int port, Deadline deadline) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), core::format("{}", port).c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  int left = 0;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) ++left;
  // One that answers nothing must not use up the time of the others.
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next, --left) {
    FileDescriptor socket = make_socket();
    set_non_blocking(socket);
    const Deadline share = std::chrono::steady_clock::now() + time_until(deadline) / left;
    if (!connected(socket, entry->ai_addr, entry->ai_addrlen, share)) continue;
    set_no_delay(socket);
    return socket;
  }
  return {};
}

bool send_all(const FileDescriptor& socket, std::span<const std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (!wait_for(socket, POLLOUT, deadline)) return false;
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && !may_go_on()) return false;
    if (sent > 0) bytes = bytes.subspan(static_cast<size_t>(sent));
  }
  return true;
}

bool receive_all(const FileDescriptor& socket, std::span<std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (!wait_for(socket, POLLIN, deadline)) return false;
    const ssize_t count = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (count == 0 || (count < 0 && !may_go_on())) return false;
    if (count > 0) bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return true;
}

void set_non_blocking(const FileDescriptor& socket) {
  ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
}

}  // namespace train_backbone::comm
