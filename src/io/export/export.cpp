#include "train_backbone/io/export.h"

#include <cerrno>
#include <system_error>

#include "io/export/container.h"
#include "io/export/foreign_weights.h"
#include "io/export/pending_file.h"
#include "io/export/verify.h"
#include "io/safetensors_header.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

// What the weights say about themselves, without the checksums of the file that they come from.
Metadata exported_metadata(const Metadata& metadata, const ExportChoice& choice) {
  Metadata result;
  for (const auto& [name, value] : metadata) {
    if (name != kHeaderCrcKey && !name.starts_with(kTensorCrcPrefix)) result[name] = value;
  }
  result["model"] = choice.model;
  result["exported_for"] = models::naming_name(choice.naming);
  return result;
}

void make_folder_of(const std::filesystem::path& output) {
  if (!output.has_parent_path()) return;
  std::error_code error;
  std::filesystem::create_directories(output.parent_path(), error);
  if (!error) return;
  errno = error.value();
  core::throw_system_error(output.parent_path(), "create");
}

}  // namespace

ExportReport export_weights(const SafetensorsFile& weights, const std::filesystem::path& source,
                            const ExportChoice& choice, const std::filesystem::path& output) {
  const Container container = container_of(choice.naming, output);
  check_dtype(container, choice.dtype);
  ForeignWeights foreign = to_foreign(weights.tensors, source, choice);
  make_folder_of(output);
  PendingFile pending(output);
  write_container(container, pending.path(), foreign.tensors,
                  exported_metadata(weights.metadata, choice));
  if (choice.verify) {
    const auto list = models::key_list(choice.model, choice.original, choice.naming,
                                       choice.num_classes, choice.backbone_only);
    verify_tensors(read_container(container, pending.path(), list), list, foreign.tensors, choice,
                   pending.path());
  }
  const uint64_t bytes = std::filesystem::file_size(pending.path());
  pending.commit();
  return {
      .tensors = foreign.tensors.size(), .left_out = std::move(foreign.left_out), .bytes = bytes};
}

}  // namespace train_backbone::io
