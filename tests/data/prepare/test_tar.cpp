#include "test_tar.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace train_backbone::data {
namespace {

constexpr size_t kBlock = 512;

void put_octal(std::string& block, size_t begin, int digits, uint64_t value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*llo", digits, static_cast<unsigned long long>(value));
  block.replace(begin, static_cast<size_t>(digits), text.data());
}

}  // namespace

void TarBuilder::add_header(const std::string& name, uint64_t bytes, char kind) {
  std::string block(kBlock, '\0');
  const std::string short_name = name.substr(0, 100);
  block.replace(0, short_name.size(), short_name);
  put_octal(block, 124, 11, bytes);
  block[156] = kind;
  block.replace(257, 5, "ustar");
  block.replace(263, 2, "00");
  block.replace(148, 8, 8, ' ');
  uint64_t sum = 0;
  for (const char c : block) sum += static_cast<uint8_t>(c);
  put_octal(block, 148, 6, sum);
  block[154] = '\0';
  bytes_ += block;
}

void TarBuilder::add(const std::string& name, const std::string& content, char kind) {
  add_header(name, content.size(), kind);
  bytes_ += content;
  bytes_.resize((bytes_.size() + kBlock - 1) / kBlock * kBlock, '\0');
}

void TarBuilder::add_gnu_long(const std::string& name, const std::string& content) {
  add("././@LongLink", name + '\0', 'L');
  add(name, content);
}

void TarBuilder::add_pax_long(const std::string& name, const std::string& content) {
  const std::string record = " path=" + name + "\n";
  size_t length = record.size() + 2;
  while (std::to_string(length).size() + record.size() != length) ++length;
  add("PaxHeaders/x", std::to_string(length) + record, 'x');
  add("short", content);
}

std::string TarBuilder::finish() const { return bytes_ + std::string(2 * kBlock, '\0'); }

}  // namespace train_backbone::data
