#include "train_backbone/io/run_directory.h"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/checkpoint_folder.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 6> kRunFiles = {"run.toml",
                                                  "metrics.jsonl",
                                                  "metrics.csv",
                                                  "bad_records.csv",
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

}  // namespace

bool holds_run(const fs::path& model_dir) {
  for (const char* name : kRunFiles) {
    if (is_there(model_dir / name)) return true;
  }
  return !list_checkpoints(model_dir / "checkpoints").empty();
}

RunDirectory::RunDirectory(fs::path model_dir, RunStart start) : path_(std::move(model_dir)) {
  core::require_writable_directory(path_, "--model_dir");
  if (start == RunStart::kNew && holds_run(path_)) {
    throw core::UsageError(
        core::format("--model_dir {} already holds a run; --resume_from auto goes on with it, "
                     "--overwrite removes it, or name another folder",
                     path_.string()));
  }
  for (const char* name : kRunFiles) {
    remove_temporaries(path_ / name);
    if (start == RunStart::kOverwrite) remove_file(path_ / name);
  }
  if (start == RunStart::kOverwrite) remove_all_checkpoints(checkpoints());
}

void RunDirectory::write_run_toml(std::string_view text) const {
  core::write_file_atomic(run_toml(), text);
}

}  // namespace train_backbone::io
