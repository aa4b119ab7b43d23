#include "train_backbone/io/line_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "train_backbone/core/errors.h"

namespace train_backbone::io {

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const std::string text = core::read_file(path);
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

LineFile::LineFile(std::filesystem::path path, const std::vector<std::string>& lines)
    : path_(std::move(path)) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  core::write_file_atomic(path_, text);
  file_ = core::FileDescriptor(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!file_.valid()) core::throw_system_error(path_, "open");
}

void LineFile::append(const std::string& line) {
  const std::string text = line + '\n';
  for (size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(file_.get(), text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) core::throw_system_error(path_, "write");
    done += static_cast<size_t>(written);
  }
}

void LineFile::sync() {
  if (::fdatasync(file_.get()) != 0) core::throw_system_error(path_, "write");
}

}  // namespace train_backbone::io
