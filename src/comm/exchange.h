#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace train_backbone::comm {

// What a backend moves: bytes between all pairs of ranks. Collective, with sizes that fit together.
class Exchange {
 public:
  virtual ~Exchange() = default;

  [[nodiscard]] virtual int64_t rank() const = 0;
  [[nodiscard]] virtual int64_t world_size() const = 0;

  // outgoing[r] goes to rank r, incoming[r] comes from it; the own pieces are copied. Either may be
  // empty for a pair on both sides.
  virtual void exchange(std::span<const std::span<const std::byte>> outgoing,
                        std::span<const std::span<std::byte>> incoming) = 0;
};

}  // namespace train_backbone::comm
