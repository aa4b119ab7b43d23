#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/comm/progress.h"
#include "train_backbone/core/files.h"

namespace train_backbone::comm {

enum class WatchKind : uint32_t { kHello, kBeat, kGoodbye, kFailure, kVerdict };

// One message between a rank and the first one.
struct WatchMessage {
  WatchKind kind = WatchKind::kBeat;
  int64_t rank = 0;  // the sender's
  ProgressSnapshot progress;
  std::string text;  // kHello: the run's token; kFailure, kVerdict: what happened
};

// A connection that carries messages. Neither call blocks. Not thread safe.
class WatchLine {
 public:
  // Of a connected stream socket.
  explicit WatchLine(core::FileDescriptor socket);

  // What does not fit into the socket's buffer is dropped with the connection: a peer that has not
  // read for so long is silent anyway.
  void send(const WatchMessage& message);
  // All messages that have arrived. Nothing has closed() to say.
  std::vector<WatchMessage> receive();
  // The peer has hung up, or sent what is no message.
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  std::optional<WatchMessage> take();

  core::FileDescriptor socket_;
  std::string received_;  // the beginning of a message
  bool closed_ = false;
};

}  // namespace train_backbone::comm
