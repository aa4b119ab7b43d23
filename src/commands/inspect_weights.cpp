#include "commands/inspect_weights.h"

#include <algorithm>
#include <iostream>
#include <string>

#include "commands/json_line.h"
#include "commands/weight_report.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::commands {
namespace {

struct Totals {
  size_t tensors = 0;
  int64_t values = 0;
  uint64_t bytes = 0;
  int64_t nan = 0;
  int64_t infinite = 0;
  size_t checksums = 0;
  size_t wrong_checksums = 0;

  Totals& operator+=(const Totals& other) {
    tensors += other.tensors;
    values += other.values;
    bytes += other.bytes;
    nan += other.nan;
    infinite += other.infinite;
    checksums += other.checksums;
    wrong_checksums += other.wrong_checksums;
    return *this;
  }
};

Totals totals_of(const TensorFileReport& file) {
  Totals totals{.tensors = file.tensors.size(), .bytes = file.bytes};
  for (const TensorSummary& tensor : file.tensors) {
    totals.values += tensor.values;
    totals.nan += tensor.nan;
    totals.infinite += tensor.infinite;
    totals.checksums += tensor.checksum != io::Checksum::kNone ? 1 : 0;
    totals.wrong_checksums += tensor.checksum == io::Checksum::kDiffers ? 1 : 0;
  }
  return totals;
}

std::string checksum_text(const Totals& totals) {
  if (totals.checksums == 0) return "without checksums";
  if (totals.wrong_checksums > 0) {
    return core::format("{} of {} checksums do not match", totals.wrong_checksums,
                        totals.checksums);
  }
  return core::format("{} checksums match", totals.checksums);
}

void print_metadata(const io::Metadata& metadata) {
  for (const auto& [key, value] : metadata) {
    std::cout << core::format("  {} = {}\n", key, value);
  }
}

void print_tensor(const TensorSummary& tensor, size_t name_width) {
  std::cout << core::format("  {:<{}} {:>4} {:<18}", tensor.name, name_width, tensor.dtype,
                            shape_text(tensor.shape));
  if (tensor.range) {
    std::cout << core::format(" {:>12.5g} {:>12.5g} {:>12.5g}", tensor.range->lowest,
                              tensor.range->highest, tensor.range->mean);
  }
  if (tensor.nan > 0) std::cout << core::format("  {} NaN", tensor.nan);
  if (tensor.infinite > 0) std::cout << core::format("  {} infinite", tensor.infinite);
  if (tensor.checksum == io::Checksum::kDiffers) std::cout << "  DAMAGED";
  std::cout << "\n";
}

void print_file(const TensorFileReport& file) {
  const Totals totals = totals_of(file);
  std::cout << core::format("{}: {} tensors, {} values, {} bytes, {}\n", file.path.string(),
                            totals.tensors, totals.values, totals.bytes, checksum_text(totals));
  print_metadata(file.metadata);
  size_t width = 0;
  for (const TensorSummary& tensor : file.tensors) width = std::max(width, tensor.name.size());
  std::cout << core::format("  {:<{}} {:>4} {:<18} {:>12} {:>12} {:>12}\n", "tensor", width, "type",
                            "shape", "lowest", "highest", "mean");
  for (const TensorSummary& tensor : file.tensors) print_tensor(tensor, width);
}

void print_checkpoint(const std::filesystem::path& path, const io::Checkpoint& checkpoint) {
  std::cout << core::format(
      "{}: a checkpoint after {} steps, best top-1 {:.2f} % at step {}, data fingerprint {:016x}\n",
      path.string(), checkpoint.step, checkpoint.best_top1, checkpoint.best_step,
      checkpoint.data_fingerprint);
  print_metadata(checkpoint.config);
}

// What is printed about the run that the weights come from.
nlohmann::ordered_json metadata_json(const WeightReport& report) {
  if (report.checkpoint) return report.checkpoint->config;
  if (report.files.empty()) return nlohmann::ordered_json::object();
  return report.files.front().metadata;
}

}  // namespace

int inspect_weights(const std::filesystem::path& path) {
  const WeightReport report = examine_weights(path);
  if (report.checkpoint) print_checkpoint(path, *report.checkpoint);
  Totals totals;
  for (const TensorFileReport& file : report.files) {
    print_file(file);
    totals += totals_of(file);
  }
  if (totals.nan + totals.infinite > 0) {
    core::log_warning("{}: {} values are NaN and {} infinite", path.string(), totals.nan,
                      totals.infinite);
  }
  for (const std::string& damage : report.damage) core::log_error("{}", damage);
  const bool whole = report.damage.empty();
  const bool is_file = path.extension() == ".safetensors";
  nlohmann::ordered_json line{{"path", path.string()},
                              {"kind", is_file ? "weights" : "checkpoint"},
                              {"tensors", totals.tensors},
                              {"values", totals.values},
                              {"bytes", totals.bytes},
                              {"nan", totals.nan},
                              {"infinite", totals.infinite},
                              {"checksums", totals.checksums},
                              {"metadata", metadata_json(report)}};
  if (report.checkpoint) line["step"] = report.checkpoint->step;
  line["damaged"] = report.damage.size();
  line["whole"] = whole;
  print_json_line(line);
  return static_cast<int>(whole ? core::ExitCode::kDone : core::ExitCode::kData);
}

}  // namespace train_backbone::commands
