#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "train_backbone/core/files.h"

namespace train_backbone::data {

// A regular file inside a tar archive.
struct TarMember {
  std::string name;     // as stored, with folders
  uint64_t offset = 0;  // of its bytes in the outermost file
  uint64_t bytes = 0;
};

// Walks the headers of an uncompressed tar archive (ustar, GNU long names, pax paths and sizes)
// that lies in bytes [begin, end) of a file; tars inside tars are walked by their members' offsets.
// `file` must outlive the reader. Not thread safe.
class TarReader {
 public:
  TarReader(const core::FileDescriptor& file, std::filesystem::path path, uint64_t begin,
            uint64_t end);
  // The next regular file; nothing behind the last one. Other kinds are passed over, links
  // are counted. Throws core::DataError with the offset when the archive is damaged or cut off.
  std::optional<TarMember> next();
  [[nodiscard]] uint64_t links() const { return links_; }
  // Whether the archive has ended without the zeros that belong there: where it was cut off between
  // two members nothing else shows it.
  [[nodiscard]] bool ended_early() const { return ended_early_; }

 private:
  static constexpr size_t kBlockBytes = 512;
  using Block = std::array<uint8_t, kBlockBytes>;

  bool read_block(Block& block);
  std::string read_text(uint64_t bytes);
  void read_pax(uint64_t bytes);
  uint64_t number(const Block& block, size_t begin, size_t length) const;
  void check(const Block& block) const;
  TarMember take_member(const Block& block);

  const core::FileDescriptor& file_;
  std::filesystem::path path_;
  uint64_t position_;
  uint64_t end_;
  uint64_t links_ = 0;
  bool ended_early_ = false;
  // What an extension header says about the member behind it.
  std::optional<std::string> next_name_;
  std::optional<uint64_t> next_bytes_;
};

}  // namespace train_backbone::data
