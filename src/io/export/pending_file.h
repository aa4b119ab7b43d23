#pragma once

#include <filesystem>

namespace train_backbone::io {

// A hidden neighbour of a file that is to appear. Others write it under path(); commit() syncs it
// and gives it the name, else it goes away with this object. What has the name before stays until
// then.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path name);
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Throws core::DataError or core::DeviceError.
  void commit();

 private:
  std::filesystem::path name_;
  std::filesystem::path path_;
};

}  // namespace train_backbone::io
