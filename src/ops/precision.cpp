#include "train_backbone/ops/precision.h"

#include <array>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::ops {
namespace {

constexpr int kAmpere = 80;
constexpr std::array<std::pair<std::string_view, Precision>, 4> kNames{
    {{"fp32", Precision::kFp32},
     {"tf32", Precision::kTf32},
     {"fp16", Precision::kFp16},
     {"bf16", Precision::kBf16}}};

Precision automatic(std::optional<int> compute_capability) {
  if (!compute_capability) return Precision::kFp32;
  return *compute_capability >= kAmpere ? Precision::kBf16 : Precision::kFp16;
}

Precision parse(std::string_view text) {
  const std::string folded = core::fold_name(text);
  for (const auto& [name, precision] : kNames) {
    if (folded == name) return precision;
  }
  throw core::UsageError(
      core::format("--precision {}: known are auto, fp32, tf32, fp16 and bf16", text));
}

void check_device(Precision precision, std::optional<int> compute_capability) {
  if (!compute_capability) {
    if (precision == Precision::kFp32 || precision == Precision::kBf16) return;
    throw core::DeviceError(core::format("--precision {}: needs a GPU; the CPU has fp32 and bf16",
                                         precision_name(precision)));
  }
  const bool new_format = precision == Precision::kTf32 || precision == Precision::kBf16;
  if (!new_format || *compute_capability >= kAmpere) return;
  throw core::DeviceError(core::format(
      "--precision {}: needs a GPU of compute capability 8.0 or more, this one has {}.{}; take "
      "fp16 or auto",
      precision_name(precision), *compute_capability / 10, *compute_capability % 10));
}

}  // namespace

std::string_view precision_name(Precision precision) {
  return kNames[static_cast<size_t>(precision)].first;
}

c10::ScalarType compute_type(Precision precision) {
  if (precision == Precision::kFp16) return c10::kHalf;
  return precision == Precision::kBf16 ? c10::kBFloat16 : c10::kFloat;
}

Precision choose_precision(const DeviceOptions& options, std::optional<int> compute_capability) {
  const bool is_auto = core::fold_name(options.precision) == "auto";
  if (options.fp32) {
    if (is_auto || parse(options.precision) == Precision::kFp32) return Precision::kFp32;
    throw core::UsageError(
        core::format("--fp32 and --precision {} contradict each other; give only one of them",
                     options.precision));
  }
  const Precision precision = is_auto ? automatic(compute_capability) : parse(options.precision);
  check_device(precision, compute_capability);
  return precision;
}

}  // namespace train_backbone::ops
