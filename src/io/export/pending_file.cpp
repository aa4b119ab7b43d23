#include "io/export/pending_file.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {

namespace fs = std::filesystem;

PendingFile::PendingFile(fs::path name)
    : name_(std::move(name)),
      path_(fs::absolute(name_).parent_path() /
            core::format(".{}.export-{}", name_.filename().string(), ::getpid())) {}

PendingFile::~PendingFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

void PendingFile::commit() {
  const core::FileDescriptor file = core::open_for_reading(path_);
  if (::fsync(file.get()) != 0) core::throw_system_error(name_, "write");
  std::error_code error;
  fs::rename(path_, name_, error);
  if (error) {
    errno = error.value();
    core::throw_system_error(name_, "create");
  }
  core::sync_directory(path_.parent_path());
}

}  // namespace train_backbone::io
