#pragma once

#include <cstdint>
#include <span>

namespace train_backbone::fuzz {

// Makes the checksum of every chunk of a PNG right that lies whole in `bytes`, so that damage gets
// behind them. Leaves other pictures alone.
void repair_png(std::span<uint8_t> bytes);

}  // namespace train_backbone::fuzz
