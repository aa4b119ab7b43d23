#include "comm/watch_line.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace train_backbone::comm {
namespace {

constexpr uint32_t kMostText = 64 << 10;

// As it stands on the wire; all hosts of a run have one architecture.
struct Header {
  uint32_t kind = 0;
  uint32_t text_bytes = 0;
  int64_t rank = 0;
  int64_t step = 0;
  int64_t calls = 0;
  int32_t phase = 0;
  int32_t waiting = 0;
};
static_assert(sizeof(Header) == 40);

}  // namespace

WatchLine::WatchLine(core::FileDescriptor socket) : socket_(std::move(socket)) {
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
}

void WatchLine::send(const WatchMessage& message) {
  if (closed_) return;
  const std::string text = message.text.substr(0, kMostText);
  const Header header{.kind = static_cast<uint32_t>(message.kind),
                      .text_bytes = static_cast<uint32_t>(text.size()),
                      .rank = message.rank,
                      .step = message.progress.step,
                      .calls = message.progress.calls,
                      .phase = static_cast<int32_t>(message.progress.phase),
                      .waiting = message.progress.waiting ? 1 : 0};
  std::string bytes(sizeof(header), '\0');
  std::memcpy(bytes.data(), &header, sizeof(header));
  bytes += text;
  const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())) closed_ = true;
}

std::vector<WatchMessage> WatchLine::receive() {
  std::array<char, 4096> piece{};
  while (!closed_) {
    const ssize_t count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (count > 0) {
      received_.append(piece.data(), static_cast<size_t>(count));
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    closed_ = true;
  }
  std::vector<WatchMessage> messages;
  while (auto message = take()) messages.push_back(std::move(*message));
  return messages;
}

std::optional<WatchMessage> WatchLine::take() {
  Header header;
  if (received_.size() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, received_.data(), sizeof(header));
  if (header.kind > static_cast<uint32_t>(WatchKind::kVerdict) || header.text_bytes > kMostText) {
    closed_ = true;
    received_.clear();
    return std::nullopt;
  }
  if (received_.size() < sizeof(header) + header.text_bytes) return std::nullopt;
  WatchMessage message{.kind = static_cast<WatchKind>(header.kind),
                       .rank = header.rank,
                       .progress = {.step = header.step,
                                    .phase = static_cast<Phase>(header.phase),
                                    .calls = header.calls,
                                    .waiting = header.waiting != 0},
                       .text = received_.substr(sizeof(header), header.text_bytes)};
  received_.erase(0, sizeof(header) + header.text_bytes);
  return message;
}

}  // namespace train_backbone::comm
