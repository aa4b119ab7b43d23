#include "io/export/differences.h"

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

constexpr size_t kMostNamed = 4;

void append(std::string& text, std::string_view kind, const std::vector<std::string>& names) {
  if (names.empty()) return;
  text += core::format("; {} {}:", names.size(), kind);
  for (size_t i = 0; i < names.size() && i < kMostNamed; ++i) text += " " + names[i] + ",";
  text.back() = ' ';
  if (names.size() > kMostNamed) {
    text += "...";
  } else {
    text.pop_back();
  }
}

std::string sizes_text(const std::vector<int64_t>& sizes) {
  if (sizes.empty()) return "one number";
  std::string text;
  for (const int64_t size : sizes) text += core::format("{}{}", text.empty() ? "" : " x ", size);
  return text;
}

}  // namespace

void Differences::throw_if_any(const std::filesystem::path& path, std::string_view what) const {
  std::string text;
  append(text, "missing", missing);
  append(text, "unexpected", unexpected);
  append(text, "different", different);
  if (text.empty()) return;
  throw core::DataError(path, core::format("does not hold the tensors of {}{}", what, text));
}

std::string shape_difference(const std::string& name, const std::vector<int64_t>& sizes,
                             const std::vector<int64_t>& wanted) {
  return core::format("{} is {} and should be {}", name, sizes_text(sizes), sizes_text(wanted));
}

}  // namespace train_backbone::io
