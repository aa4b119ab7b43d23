#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::core {

// Owns a file descriptor. Movable, not copyable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  // Closes and throws what close() reports (a full network disk says so only here).
  void close(const std::filesystem::path& path);

 private:
  int fd_ = -1;
};

// Throws DataError when the file is missing, cannot be read or is not a regular one.
FileDescriptor open_for_reading(const std::filesystem::path& path);
uint64_t file_size(const FileDescriptor& file, const std::filesystem::path& path);
// Reads up to bytes.size() bytes from `offset`; fewer only at the end of the file. Thread safe.
size_t read_at(const FileDescriptor& file, const std::filesystem::path& path, uint64_t offset,
               std::span<uint8_t> bytes);

// The whole file, or all that comes out of a pipe; throws DataError above `max_bytes`.
std::string read_file(const std::filesystem::path& path, uint64_t max_bytes = 1ULL << 30);

// Writes all of `bytes` where the file stands. Throws DeviceError (disk full) or DataError.
void write_all(const FileDescriptor& file, const std::filesystem::path& path,
               std::span<const uint8_t> bytes);

// A file that appears under its name only when it is whole: written as a hidden neighbour
// (".NAME.tmp-PID-N"), synced and renamed by commit(); without commit() it is removed.
// Throws DeviceError (disk full) or DataError (folder missing or not writable). Not thread safe.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  void write(std::span<const uint8_t> bytes);
  void write(std::string_view text);
  [[nodiscard]] uint64_t size() const { return size_; }
  // sync = false leaves out fsync: whole against a crash of the program, not against power loss.
  void commit(bool sync = true);

 private:
  void flush();

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  FileDescriptor file_;
  std::vector<uint8_t> buffer_;
  uint64_t size_ = 0;
  bool committed_ = false;
};

void write_file_atomic(const std::filesystem::path& path, std::string_view text);

// fsync of a folder, so that renames in it survive a power loss.
void sync_directory(const std::filesystem::path& folder);

// Makes the folder and its parents and proves that a file can be written there.
// Throws UsageError naming `option` (for example "--model_dir") when not.
void require_writable_directory(const std::filesystem::path& folder, std::string_view option);

}  // namespace train_backbone::core
