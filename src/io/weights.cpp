#include "train_backbone/io/weights.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/version.h"
#include "train_backbone/io/checkpoint.h"

namespace train_backbone::io {
namespace {

// A safetensors file has its JSON's brace behind the length; pickles, zip and HDF5 files do not.
void refuse_other_kinds(const std::filesystem::path& path) {
  std::array<uint8_t, 9> begin{};
  const core::FileDescriptor file = core::open_for_reading(path);
  if (core::read_at(file, path, 0, begin) < begin.size() || begin.back() == '{') return;
  throw core::DataError(
      path,
      "not a safetensors file, and no other kind is read (a pickle can run code). In Python a .pth "
      "is converted by: safetensors.torch.save_file(torch.load(\"x.pth\", map_location=\"cpu\", "
      "weights_only=True), \"x.safetensors\")");
}

}  // namespace

void write_weights(const std::filesystem::path& path, const NamedTensors& tensors,
                   Metadata metadata) {
  if (path.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) {
      errno = error.value();
      core::throw_system_error(path.parent_path(), "create");
    }
  }
  metadata["producer"] = core::format("train_backbone {}", core::program_version());
  write_safetensors(path, tensors, std::move(metadata));
}

SafetensorsFile read_weights(const std::filesystem::path& path) {
  SafetensorsFile file;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    Checkpoint checkpoint = load_checkpoint(path);
    file.tensors = std::move(checkpoint.model);
    file.metadata = std::move(checkpoint.config);
  } else {
    refuse_other_kinds(path);
    file = read_safetensors(path);
  }
  if (file.tensors.empty()) throw core::DataError(path, "holds no tensor");
  return file;
}

}  // namespace train_backbone::io
