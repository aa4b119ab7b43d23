#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "train_backbone/core/errors.h"

namespace train_backbone::io {

static_assert(std::endian::native == std::endian::little, "exported files are little-endian");

// Walks over the bytes of a file; whatever goes beyond them is a core::DataError naming the file.
class ByteReader {
 public:
  // Borrows both.
  ByteReader(std::string_view bytes, const std::filesystem::path& path, uint64_t position = 0)
      : bytes_(bytes), path_(&path), position_(position) {}

  [[nodiscard]] uint64_t position() const { return position_; }
  [[nodiscard]] bool at_end() const { return position_ >= bytes_.size(); }

  std::string_view text(uint64_t size) {
    if (position_ > bytes_.size() || size > bytes_.size() - position_) {
      throw core::DataError(*path_, position_, "ends too early");
    }
    const std::string_view taken = bytes_.substr(position_, size);
    position_ += size;
    return taken;
  }
  void skip(uint64_t size) { text(size); }
  void expect(std::string_view wanted) {
    const uint64_t begin = position_;
    if (text(wanted.size()) != wanted) throw core::DataError(*path_, begin, "is damaged");
  }
  // Up to `end`, which is passed over.
  std::string_view text_until(char end) {
    const size_t found =
        position_ < bytes_.size() ? bytes_.find(end, position_) : std::string_view::npos;
    if (found == std::string_view::npos) throw core::DataError(*path_, position_, "ends too early");
    const std::string_view taken = text(found - position_);
    skip(1);
    return taken;
  }
  template <class Number>
  Number number() {
    Number value{};
    std::memcpy(&value, text(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string_view bytes_;
  const std::filesystem::path* path_;
  uint64_t position_;
};

}  // namespace train_backbone::io
