#include "train_backbone/core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::core {
namespace {

constexpr size_t kWriteBufferBytes = size_t{1} << 20;
constexpr size_t kReadPieceBytes = size_t{64} << 10;
constexpr mode_t kFileMode = 0644;

std::filesystem::path parent_folder(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// Unique among the threads of this process and among the processes of this host.
std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<uint64_t> count{0};
  return parent_folder(path) /
         format(".{}.tmp-{}-{}", path.filename().string(), ::getpid(), count.fetch_add(1));
}

// A new file with its name, which no other file had.
std::pair<FileDescriptor, std::filesystem::path> create_temporary(
    const std::filesystem::path& path) {
  for (;;) {
    const std::filesystem::path name = temporary_name(path);
    FileDescriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    if (file.valid()) return {std::move(file), name};
    // Left by a killed run that had this process number, as happens in containers: the next count.
    if (errno != EEXIST) throw_system_error(path, "create");
  }
}

// Up to bytes.size() bytes from where the file stands; 0 only at its end.
size_t read_some(const FileDescriptor& file, const std::filesystem::path& path,
                 std::span<uint8_t> bytes) {
  for (;;) {
    const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw_system_error(path, "read");
  }
}

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void FileDescriptor::close(const std::filesystem::path& path) {
  if (fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0) throw_system_error(path, "write");
}

FileDescriptor open_for_reading(const std::filesystem::path& path) {
  // Without O_NONBLOCK a pipe would hold up the call before it can be told to be one.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) throw_system_error(path, "open");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_system_error(path, "stat");
  if (S_ISDIR(status.st_mode)) throw DataError(path, "is a folder, not a file");
  if (!S_ISREG(status.st_mode)) throw DataError(path, "is not a regular file");
  return file;
}

uint64_t file_size(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_system_error(path, "stat");
  if (S_ISDIR(status.st_mode)) throw DataError(path, "is a folder, not a file");
  return static_cast<uint64_t>(status.st_size);
}

size_t read_at(const FileDescriptor& file, const std::filesystem::path& path, uint64_t offset,
               std::span<uint8_t> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(file.get(), bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_system_error(path, "read");
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

std::string read_file(const std::filesystem::path& path, uint64_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) throw_system_error(path, "open");
  const uint64_t size = file_size(file, path);
  if (size > max_bytes) {
    throw DataError(path, format("holds {} bytes, more than the {} allowed here", size, max_bytes));
  }
  // Pipes have no size: what counts is where the bytes end.
  std::string text;
  for (size_t room = size + 1;; room = kReadPieceBytes) {
    const size_t before = text.size();
    text.resize(before + room);
    // char and uint8_t may alias; the string is what callers parse.
    const size_t got =
        read_some(file, path, {reinterpret_cast<uint8_t*>(text.data()) + before, room});
    text.resize(before + got);
    if (got == 0) return text;
    if (text.size() > max_bytes) {
      throw DataError(path, format("holds more than the {} bytes allowed here", max_bytes));
    }
  }
}

void write_all(const FileDescriptor& file, const std::filesystem::path& path,
               std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system_error(path, "write");
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  std::tie(file_, temporary_) = create_temporary(path_);
  buffer_.reserve(kWriteBufferBytes);
}

AtomicFile::~AtomicFile() {
  if (!committed_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const uint8_t> bytes) {
  size_ += bytes.size();
  if (buffer_.size() + bytes.size() > kWriteBufferBytes) flush();
  if (bytes.size() >= kWriteBufferBytes) {
    write_all(file_, path_, bytes);
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
}

void AtomicFile::write(std::string_view text) {
  write(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

void AtomicFile::flush() {
  write_all(file_, path_, buffer_);
  buffer_.clear();
}

void AtomicFile::commit(bool sync) {
  flush();
  if (sync && ::fsync(file_.get()) != 0) throw_system_error(path_, "write");
  file_.close(path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw_system_error(path_, "create");
  committed_ = true;
  if (sync) sync_directory(parent_folder(path_));
}

void write_file_atomic(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void sync_directory(const std::filesystem::path& folder) {
  const FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) throw_system_error(folder, "open");
  // Some network file systems cannot sync a folder; their rename is durable by itself.
  if (::fsync(directory.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    throw_system_error(folder, "write");
  }
}

void require_writable_directory(const std::filesystem::path& folder, std::string_view option) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw UsageError(
        format("{} {}: cannot make this folder: {}", option, folder.string(), error.message()));
  }
  try {
    AtomicFile probe(folder / "writable");
  } catch (const Error& failure) {
    throw UsageError(
        format("{} {}: cannot write there ({})", option, folder.string(), failure.what()));
  }
}

}  // namespace train_backbone::core
