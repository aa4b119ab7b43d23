#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train_backbone/core/files.h"

namespace train_backbone::io {

// The whole lines of a text file, without their ends; what follows the last '\n' is left out. None
// when there is no such file.
std::vector<std::string> read_lines(const std::filesystem::path& path);

// A text file that grows by whole lines. Not thread safe.
class LineFile {
 public:
  // Replaces the file by `lines` in one rename, then opens it for appending.
  LineFile(std::filesystem::path path, const std::vector<std::string>& lines);
  // `line` has no end. One write, so that a killed program leaves no half line.
  // Throws core::DeviceError when the disk is full.
  void append(const std::string& line);
  // Returns when the lines are on the disk.
  void sync();

 private:
  std::filesystem::path path_;
  core::FileDescriptor file_;
};

}  // namespace train_backbone::io
