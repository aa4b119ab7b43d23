#include "record_files.h"

#include <fstream>

#include "tests/support/scratch.h"
#include "train_backbone/core/record_frame.h"

namespace train_backbone::data {

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string as_string(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::string framed(std::string_view record) {
  return as_string(core::frame_header(record.size())) + std::string(record) +
         as_string(core::frame_footer(as_bytes(record)));
}

void write_shard(const std::filesystem::path& path, const std::vector<std::string>& records) {
  std::string bytes;
  for (const std::string& record : records) bytes += framed(record);
  test::spill(path, bytes);
}

void flip_byte(const std::filesystem::path& path, uint64_t offset, uint8_t bits) {
  std::string bytes = test::slurp(path);
  bytes.at(offset) = static_cast<char>(static_cast<uint8_t>(bytes.at(offset)) ^ bits);
  test::spill(path, bytes);
}

}  // namespace train_backbone::data
