#pragma once

#include <string>
#include <vector>

#include "comm/exchange.h"
#include "train_backbone/core/files.h"

namespace train_backbone::comm {

// Over a connection to each other rank.
class TcpExchange final : public Exchange {
 public:
  // `sockets` and `addresses` by rank; the own socket is invalid.
  TcpExchange(int64_t rank, std::vector<core::FileDescriptor> sockets,
              std::vector<std::string> addresses);

  [[nodiscard]] int64_t rank() const override { return rank_; }
  [[nodiscard]] int64_t world_size() const override {
    return static_cast<int64_t>(sockets_.size());
  }
  // Throws LostPeer naming a rank that has hung up.
  void exchange(std::span<const std::span<const std::byte>> outgoing,
                std::span<const std::span<std::byte>> incoming) override;

  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  void send_some(size_t peer, std::span<const std::byte>& rest) const;
  void receive_some(size_t peer, std::span<std::byte>& rest) const;
  [[noreturn]] void hung_up(size_t peer) const;

  int64_t rank_;
  std::vector<core::FileDescriptor> sockets_;
  std::vector<std::string> addresses_;
};

}  // namespace train_backbone::comm
