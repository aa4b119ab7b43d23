#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <random>

namespace train_backbone::test {

// A port that nobody uses now. From below those that the system itself gives to connections and
// listeners, so that it stays free until a rank listens there, however long that takes to start.
inline int free_port() {
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> any_port(12000, 31999);
  while (true) {
    const int port = any_port(random);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<uint16_t>(port));
    const bool is_free =
        ::bind(socket, reinterpret_cast<const sockaddr*>(&place), sizeof(place)) == 0;
    ::close(socket);
    if (is_free) return port;
  }
}

}  // namespace train_backbone::test
