#include "train_backbone/io/checkpoint.h"

#include <unistd.h>

#include <cerrno>
#include <vector>

#include "io/checkpoint_state.h"
#include "io/checksum_text.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelFile = "model.safetensors";
constexpr const char* kOptimizerFile = "optimizer.safetensors";
constexpr const char* kStateFile = "state.json";

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return;
  errno = error.value();
  core::throw_system_error(folder, "create");
}

// Owns the hidden folder that a checkpoint is written in; removes it unless it has been moved.
class TemporaryFolder {
 public:
  TemporaryFolder(const fs::path& folder, int64_t step)
      : path_(folder / core::format(".{}.tmp-{}", checkpoint_name(step), ::getpid())) {
    remove();
    make_folder(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { remove(); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  void remove() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  fs::path path_;
};

void check_digest(const fs::path& path, const FileDigest& expected) {
  const FileDigest actual = digest_file(path);
  if (actual.size != expected.size) {
    throw core::DataError(
        path, core::format("{} bytes instead of {}; it is truncated or was changed", actual.size,
                           expected.size));
  }
  if (actual.crc32c != expected.crc32c) {
    throw core::DataError(
        path, core::format("its checksum is {} instead of {}; it is damaged",
                           checksum_text(actual.crc32c), checksum_text(expected.crc32c)));
  }
}

// state.json checked, and both other files held against the digests in it.
State verify(const fs::path& folder) {
  const fs::path state_path = folder / kStateFile;
  std::error_code ignored;
  if (!fs::exists(state_path, ignored)) {
    throw core::DataError(folder, "not a checkpoint (no state.json); name a step-* folder");
  }
  State state = parse_state(core::read_file(state_path), state_path);
  for (const char* name : {kModelFile, kOptimizerFile}) {
    const auto entry = state.manifest.find(name);
    if (entry == state.manifest.end()) {
      throw core::DataError(state_path, core::format("does not list {}", name));
    }
    check_digest(folder / name, entry->second);
  }
  return state;
}

// state.json holds the digests of the rest: equal texts and a whole folder mean equal checkpoints.
bool is_whole_and_equal(const fs::path& folder, const std::string& state_text) {
  try {
    verify(folder);
    return core::read_file(folder / kStateFile) == state_text;
  } catch (const core::DataError&) {
    return false;
  }
}

}  // namespace

fs::path save_checkpoint(const fs::path& folder, const Checkpoint& checkpoint) {
  make_folder(folder);
  const fs::path target = folder / checkpoint_name(checkpoint.step);
  const TemporaryFolder temporary(folder, checkpoint.step);
  Manifest manifest;
  manifest[kModelFile] = write_safetensors(temporary.path() / kModelFile, checkpoint.model, {});
  manifest[kOptimizerFile] =
      write_safetensors(temporary.path() / kOptimizerFile, checkpoint.optimizer, {});
  const std::string state = format_state(checkpoint, manifest);
  if (fs::exists(target) && is_whole_and_equal(target, state)) return target;
  core::write_file_atomic(temporary.path() / kStateFile, state);
  core::sync_directory(temporary.path());
  replace_checkpoint(temporary.path(), target);
  return target;
}

Checkpoint load_checkpoint_state(const fs::path& checkpoint_folder) {
  return verify(checkpoint_folder).checkpoint;
}

std::vector<fs::path> checkpoint_tensor_files(const fs::path& checkpoint_folder) {
  return {checkpoint_folder / kModelFile, checkpoint_folder / kOptimizerFile};
}

Checkpoint load_checkpoint(const fs::path& checkpoint_folder) {
  Checkpoint checkpoint = verify(checkpoint_folder).checkpoint;
  checkpoint.model = read_safetensors(checkpoint_folder / kModelFile).tensors;
  checkpoint.optimizer = read_safetensors(checkpoint_folder / kOptimizerFile).tensors;
  return checkpoint;
}

std::optional<NewestCheckpoint> load_newest_checkpoint(const fs::path& folder) {
  NewestCheckpoint newest;
  std::string reason;  // what is wrong with the newest
  for (const fs::path& path : list_checkpoints(folder)) {
    try {
      newest.checkpoint = load_checkpoint(path);
      newest.path = path;
      return newest;
    } catch (const core::DataError& error) {
      core::log_warning("skipped a damaged checkpoint: {}", error.what());
      if (reason.empty()) reason = error.what();
      newest.damaged.push_back(path);
    }
  }
  if (newest.damaged.empty()) return std::nullopt;
  throw core::DataError(folder, core::format("none of its {} checkpoints is whole (newest: {}); "
                                             "--overwrite begins anew",
                                             newest.damaged.size(), reason));
}

}  // namespace train_backbone::io
