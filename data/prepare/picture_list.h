#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::data {

// One picture of the input: 24 bytes, because ImageNet has 1.28 million of them.
struct Picture {
  uint64_t offset = 0;     // in the container: byte of a tar, number in an IDX file, 0 for a file
  uint32_t bytes = 0;      // of the encoded picture, at most 4 GiB - 1; larger ones are cut to it
  uint32_t name = 0;       // where its name begins in the list's text
  uint32_t container = 0;  // which folder, tar or IDX file holds it
  uint32_t class_number = 0;  // index into the list's classes, kNoClass before it is known
};

// The pictures of an input with their names and classes. Not thread safe while it changes.
class PictureList {
 public:
  static constexpr uint32_t kNoClass = std::numeric_limits<uint32_t>::max();

  uint32_t add_container(std::filesystem::path path);
  // The number of the class of that name, new or not.
  uint32_t add_class(std::string_view name);
  // `name`: base name without '\0'. Throws core::DataError when the names exceed 4 GiB.
  void add(uint32_t container, uint32_t class_number, std::string_view name, uint64_t offset,
           uint64_t bytes);

  [[nodiscard]] size_t size() const { return pictures_.size(); }
  [[nodiscard]] bool empty() const { return pictures_.empty(); }
  [[nodiscard]] const Picture& operator[](size_t i) const { return pictures_[i]; }
  [[nodiscard]] std::vector<Picture>& pictures() { return pictures_; }
  [[nodiscard]] const std::vector<Picture>& pictures() const { return pictures_; }
  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }
  // Valid as long as nothing is added.
  [[nodiscard]] std::string_view name(const Picture& picture) const {
    return names_.c_str() + picture.name;
  }
  // "" before the class is known.
  [[nodiscard]] std::string_view class_name(const Picture& picture) const {
    if (picture.class_number == kNoClass) return {};
    return classes_[picture.class_number];
  }
  [[nodiscard]] const std::filesystem::path& container(const Picture& picture) const {
    return containers_[picture.container];
  }
  [[nodiscard]] uint64_t total_bytes() const;
  // For messages: the container and the name.
  [[nodiscard]] std::string where(const Picture& picture) const;

  void forget_classes();
  // Makes `classes` the list of classes and turns the pictures' class numbers into indexes of it.
  // `source` says where the list is from. All classes must be known. Throws core::DataError for one
  // that is not in `classes`.
  void renumber(const std::vector<std::string>& classes, std::string_view source);

  void sort_by_class_and_name();
  void sort_by_name();

 private:
  std::vector<Picture> pictures_;
  std::vector<std::filesystem::path> containers_;
  std::vector<std::string> classes_;
  std::map<std::string, uint32_t, std::less<>> class_numbers_;
  std::string names_;  // each followed by '\0'
};

}  // namespace train_backbone::data
