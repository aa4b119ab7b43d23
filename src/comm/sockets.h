#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "train_backbone/core/files.h"

// TCP over IPv4, with deadlines. Failures of this machine (no socket, port taken) are
// core::DeviceError.
namespace train_backbone::comm {

using Deadline = std::chrono::steady_clock::time_point;

// Not negative.
std::chrono::milliseconds time_until(Deadline deadline);

// On all interfaces; port 0: any that is free.
core::FileDescriptor listen_on(int port);
int port_of(const core::FileDescriptor& socket);
// Address of the other end.
std::string peer_address(const core::FileDescriptor& socket);

// The next connection; invalid when none comes in time.
core::FileDescriptor accept_from(const core::FileDescriptor& listener, Deadline deadline);
// `host`: a name or an address. Invalid when nobody answers there in time, or refuses.
core::FileDescriptor connect_to(const std::string& host, int port, Deadline deadline);

// All bytes; false when the peer hangs up or the deadline comes first. For sockets of either mode.
bool send_all(const core::FileDescriptor& socket, std::span<const std::byte> bytes,
              Deadline deadline);
bool receive_all(const core::FileDescriptor& socket, std::span<std::byte> bytes, Deadline deadline);

void set_non_blocking(const core::FileDescriptor& socket);

}  // namespace train_backbone::comm
