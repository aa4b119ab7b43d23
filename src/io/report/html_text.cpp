#include "io/report/html_text.h"

namespace train_backbone::io {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Bytes of the character at the begin of `text`; 0 where they are no UTF-8.
size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t count = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (count > 1 && (first < 0xC2 || first > 0xF4)) return 0;
  if (count > text.size()) return 0;
  for (size_t i = 1; i < count; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  }
  return count;
}

std::string_view entity_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20 && c != '\n' && c != '\t') || code == 0x7f;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  while (!text.empty()) {
    const size_t bytes = character_bytes(text);
    const std::string_view entity = entity_of(text[0]);
    if (bytes == 0 || is_control(text[0])) {
      html += kReplacement;
    } else if (!entity.empty()) {
      html += entity;
    } else {
      html += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return html;
}

std::string base64(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr size_t kGroup = 3;
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += kGroup) {
    uint32_t bits = 0;
    for (size_t i = 0; i < kGroup; ++i) {
      bits = bits << 8 | (at + i < bytes.size() ? bytes[at + i] : 0U);
    }
    for (size_t i = 0; i <= kGroup; ++i) {
      const bool there = at + i <= bytes.size();
      text += there ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

}  // namespace train_backbone::io
