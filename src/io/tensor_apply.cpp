#include "train_backbone/io/tensor_apply.h"

#include <ATen/core/grad_mode.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

using ByName = std::unordered_map<std::string, at::Tensor>;

constexpr size_t kNamesShown = 5;

ByName by_name(const NamedTensors& tensors) { return {tensors.begin(), tensors.end()}; }

// "; KIND 7: a, b, c, d, e, ..." for the names of `wanted` that `present` lacks, "" without any.
std::string absent_names(const NamedTensors& wanted, const ByName& present, std::string_view kind) {
  std::string shown;
  size_t count = 0;
  for (const auto& [name, tensor] : wanted) {
    if (present.contains(name)) continue;
    if (count < kNamesShown) shown += core::format("{}{}", count == 0 ? "" : ", ", name);
    ++count;
  }
  if (count == 0) return "";
  return core::format("; {} {}: {}{}", kind, count, shown, count > kNamesShown ? ", ..." : "");
}

void check_names(const NamedTensors& source, const NamedTensors& target,
                 const std::filesystem::path& path) {
  const std::string differences = absent_names(target, by_name(source), "missing in the file") +
                                  absent_names(source, by_name(target), "unknown to the model");
  if (differences.empty()) return;
  throw core::DataError(path, core::format("its tensors are not those of the model{}. Was it "
                                           "trained with another --model?",
                                           differences));
}

std::string shape_text(const at::Tensor& tensor) {
  return core::format("[{}]", fmt::join(tensor.sizes().vec(), ", "));
}

// Only a classifier is a matrix, and only its number of rows depends on --num_classes.
bool differs_in_classes(const at::Tensor& source, const at::Tensor& target) {
  return source.dim() == 2 && target.dim() == 2 && source.size(1) == target.size(1);
}

void check_fits(const std::string& name, const at::Tensor& source, const at::Tensor& target,
                const std::filesystem::path& path) {
  if (source.sizes() != target.sizes()) {
    const std::string what = core::format("{} is {} in {} but {} in the model", name,
                                          shape_text(source), path.string(), shape_text(target));
    if (differs_in_classes(source, target)) {
      throw core::UsageError(what + "; was it trained with another --num_classes?");
    }
    throw core::DataError(path, what + "; was it trained with another --model?");
  }
  if (source.is_floating_point() != target.is_floating_point()) {
    throw core::DataError(
        path, core::format("{} is {} but {} in the model", name, at::toString(source.scalar_type()),
                           at::toString(target.scalar_type())));
  }
}

}  // namespace

void apply_tensors(const NamedTensors& source, const NamedTensors& target,
                   const std::filesystem::path& path) {
  check_names(source, target, path);
  const ByName values = by_name(source);
  for (const auto& [name, tensor] : target) check_fits(name, values.at(name), tensor, path);
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : target) tensor.copy_(values.at(name));
}

}  // namespace train_backbone::io
