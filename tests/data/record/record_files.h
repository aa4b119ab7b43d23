#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::data {

std::span<const uint8_t> as_bytes(std::string_view text);
std::string as_string(std::span<const uint8_t> bytes);

// The bytes of a record within its frame.
std::string framed(std::string_view record);

// A shard of these records, written by hand: nothing shared with RecordWriter.
void write_shard(const std::filesystem::path& path, const std::vector<std::string>& records);

// Changes one byte of a file in place by exclusive or; size and name stay.
void flip_byte(const std::filesystem::path& path, uint64_t offset, uint8_t bits = 0xFF);

}  // namespace train_backbone::data
