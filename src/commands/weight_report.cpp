#include "commands/weight_report.h"

#include <ATen/ATen.h>

#include <system_error>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/checkpoint_folder.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;

bool is_checkpoint(const fs::path& path) {
  const fs::path folder = path.has_filename() ? path : path.parent_path();
  std::error_code ignored;
  return fs::is_directory(folder, ignored) &&
         (io::checkpoint_step(folder) || fs::exists(folder / "state.json", ignored));
}

TensorSummary summarise(const std::string& name, const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kDouble).flatten();
  const at::Tensor finite = values.masked_select(values.isfinite());
  TensorSummary summary{.name = name,
                        .dtype = io::dtype_name(tensor),
                        .shape = tensor.sizes().vec(),
                        .values = tensor.numel(),
                        .nan = values.isnan().sum().item<int64_t>(),
                        .range = {}};
  summary.infinite = summary.values - finite.numel() - summary.nan;
  if (finite.numel() > 0) {
    summary.range = {.lowest = finite.min().item<double>(),
                     .highest = finite.max().item<double>(),
                     .mean = finite.mean().item<double>()};
  }
  return summary;
}

void add_file(const fs::path& path, WeightReport& report) {
  const io::SafetensorsFile file = io::map_safetensors(path);
  TensorFileReport result{.path = path,
                          .bytes = fs::file_size(path),
                          .metadata = io::without_checksums(file.metadata),
                          .tensors = {}};
  for (const auto& [name, tensor] : file.tensors) {
    TensorSummary& summary = result.tensors.emplace_back(summarise(name, tensor));
    summary.checksum = io::check_data(name, tensor, file.metadata);
    if (summary.checksum == io::Checksum::kDiffers) {
      report.damage.push_back(
          core::format("{}: the checksum of tensor '{}' does not match", path.string(), name));
    }
  }
  report.files.push_back(std::move(result));
}

// Adds what `examine` throws to the damage.
template <class Examine>
void collect_damage(WeightReport& report, Examine examine) {
  try {
    examine();
  } catch (const core::DataError& error) {
    report.damage.emplace_back(error.what());
  }
}

}  // namespace

bool holds_weights(const fs::path& path) {
  return path.extension() == ".safetensors" || is_checkpoint(path);
}

WeightReport examine_weights(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw core::DataError(path, "does not exist");
  WeightReport report;
  std::vector<fs::path> files = {path};
  if (is_checkpoint(path)) {
    collect_damage(report, [&] { report.checkpoint = io::load_checkpoint_state(path); });
    files = io::checkpoint_tensor_files(path);
  }
  for (const fs::path& file : files) {
    collect_damage(report, [&] { add_file(file, report); });
  }
  return report;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  return core::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace train_backbone::commands
