#pragma once

#include <cstdint>
#include <string>

namespace train_backbone::data {

// Builds tar archives for tests, member after member.
class TarBuilder {
 public:
  // kind '0' is a file, '5' a folder, 'L' and 'x' extension headers of the member behind.
  void add(const std::string& name, const std::string& content, char kind = '0');
  // Only a header that claims `bytes` behind it.
  void add_header(const std::string& name, uint64_t bytes, char kind);
  // The member's name as GNU tar and as pax write names that do not fit.
  void add_gnu_long(const std::string& name, const std::string& content);
  void add_pax_long(const std::string& name, const std::string& content);
  // With the two blocks of zeros that end an archive.
  [[nodiscard]] std::string finish() const;

 private:
  std::string bytes_;
};

}  // namespace train_backbone::data
