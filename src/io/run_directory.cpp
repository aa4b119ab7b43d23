#include "train_backbone/io/run_directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/io/checkpoint_folder.h"
#include "train_backbone/io/tensorboard_writer.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 7> kRunFiles = {"run.toml",
                                                  "metrics.jsonl",
                                                  "metrics.csv",
                                                  "bad_records.csv",
                                                  "report.html",
                                                  "weights/last.safetensors",
                                                  "weights/best.safetensors"};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void remove_file(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (!error) return;
  errno = error.value();
  core::throw_system_error(path, "remove");
}

// core::AtomicFile's hidden neighbours of `file`, left by a killed run.
void remove_temporaries(const fs::path& file) {
  const std::string prefix = core::format(".{}.tmp-", file.filename().string());
  std::error_code ignored;
  for (const auto& item : fs::directory_iterator(file.parent_path(), ignored)) {
    if (item.path().filename().string().starts_with(prefix)) remove_file(item.path());
  }
}

// An exclusive lock on the folder itself: it leaves no file behind and ends with the process.
core::FileDescriptor lock_folder(const fs::path& folder) {
  core::FileDescriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.valid()) core::throw_system_error(folder, "open");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  // Some network file systems have no locks; there the user must keep runs apart.
  if (errno != EWOULDBLOCK) {
    core::log_warning("{}: cannot be locked against a second run", folder.string());
    return lock;
  }
  throw core::UsageError(core::format(
      "--model_dir {}: another process is training into it; wait for its end or stop it, or name "
      "another folder",
      folder.string()));
}

}  // namespace

bool holds_run(const fs::path& model_dir) {
  for (const char* name : kRunFiles) {
    if (is_there(model_dir / name)) return true;
  }
  return !list_checkpoints(model_dir / "checkpoints").empty();
}

RunDirectory::RunDirectory(fs::path model_dir, RunStart start) : RunFiles(std::move(model_dir)) {
  core::require_writable_directory(path(), "--model_dir");
  lock_ = lock_folder(path());
  if (start == RunStart::kNew && holds_run(path())) {
    throw core::UsageError(
        core::format("--model_dir {} already holds a run; --resume_from auto goes on with it, "
                     "--overwrite removes it, or name another folder",
                     path().string()));
  }
  for (const char* name : kRunFiles) {
    remove_temporaries(path() / name);
    if (start == RunStart::kOverwrite) remove_file(path() / name);
  }
  if (start != RunStart::kOverwrite) return;
  remove_all_checkpoints(checkpoints());
  remove_tensorboard_files(tensorboard());
}

void RunDirectory::write_run_toml(std::string_view text) const {
  core::write_file_atomic(run_toml(), text);
}

}  // namespace train_backbone::io
