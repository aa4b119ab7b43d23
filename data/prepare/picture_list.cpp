#include "data/prepare/picture_list.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

constexpr uint64_t kMaxUint32 = std::numeric_limits<uint32_t>::max();

}  // namespace

uint32_t PictureList::add_container(std::filesystem::path path) {
  containers_.push_back(std::move(path));
  return static_cast<uint32_t>(containers_.size() - 1);
}

uint32_t PictureList::add_class(std::string_view name) {
  const auto found = class_numbers_.find(name);
  if (found != class_numbers_.end()) return found->second;
  const auto number = static_cast<uint32_t>(classes_.size());
  class_numbers_.emplace(name, number);
  classes_.emplace_back(name);
  return number;
}

void PictureList::add(uint32_t container, uint32_t class_number, std::string_view name,
                      uint64_t offset, uint64_t bytes) {
  if (names_.size() + name.size() >= kMaxUint32) {
    throw core::DataError(containers_[container], "the input's file names take more than 4 GiB");
  }
  pictures_.push_back({.offset = offset,
                       .bytes = static_cast<uint32_t>(std::min(bytes, kMaxUint32)),
                       .name = static_cast<uint32_t>(names_.size()),
                       .container = container,
                       .class_number = class_number});
  names_ += name;
  names_ += '\0';
}

uint64_t PictureList::total_bytes() const {
  uint64_t total = 0;
  for (const Picture& picture : pictures_) total += picture.bytes;
  return total;
}

std::string PictureList::where(const Picture& picture) const {
  return (container(picture) / name(picture)).string();
}

void PictureList::forget_classes() {
  classes_.clear();
  class_numbers_.clear();
  for (Picture& picture : pictures_) picture.class_number = kNoClass;
}

void PictureList::renumber(const std::vector<std::string>& classes, std::string_view source) {
  std::map<std::string, uint32_t, std::less<>> numbers;
  for (const std::string& name : classes) {
    numbers.emplace(name, static_cast<uint32_t>(numbers.size()));
  }
  for (Picture& picture : pictures_) {
    const std::string& name = classes_[picture.class_number];
    const auto found = numbers.find(name);
    if (found == numbers.end()) {
      throw core::DataError(where(picture),
                            core::format("its class '{}' is not among the {} classes of {}", name,
                                         classes.size(), source));
    }
    picture.class_number = found->second;
  }
  classes_ = classes;
  class_numbers_ = std::move(numbers);
}

void PictureList::sort_by_class_and_name() {
  std::sort(pictures_.begin(), pictures_.end(), [this](const Picture& a, const Picture& b) {
    return std::forward_as_tuple(class_name(a), name(a), a.container, a.offset) <
           std::forward_as_tuple(class_name(b), name(b), b.container, b.offset);
  });
}

void PictureList::sort_by_name() {
  std::sort(pictures_.begin(), pictures_.end(), [this](const Picture& a, const Picture& b) {
    return std::forward_as_tuple(name(a), class_name(a), a.container, a.offset) <
           std::forward_as_tuple(name(b), class_name(b), b.container, b.offset);
  });
}

}  // namespace train_backbone::data
