#include "train_backbone/io/weight_import.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <map>
#include <set>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;

constexpr size_t kKeysShown = 5;

using ByName = std::map<std::string, const ImportedTensor*>;

ByName by_name(const std::vector<ImportedTensor>& source, const fs::path& path) {
  ByName named;
  for (const ImportedTensor& tensor : source) {
    if (!tensor.name) continue;
    const auto [found, fresh] = named.emplace(*tensor.name, &tensor);
    if (fresh) continue;
    throw core::DataError(path, core::format("'{}' and '{}' are both {} of the model",
                                             found->second->key, tensor.key, *tensor.name));
  }
  return named;
}

bool in_module(const std::string& name, const std::string& module) {
  return name.starts_with(module + ".");
}

std::string shape_text(const at::Tensor& tensor) {
  return core::format("[{}]", fmt::join(tensor.sizes().vec(), ", "));
}

// Whether the two differ in their first dimension only: the classes of a classifier.
bool differs_in_rows(const at::Tensor& a, const at::Tensor& b) {
  return a.dim() > 0 && a.dim() == b.dim() && a.size(0) != b.size(0) &&
         a.sizes().slice(1) == b.sizes().slice(1);
}

// The classes of the file's classifier when the model's has others.
std::optional<int64_t> other_classes(const ByName& source, const NamedTensors& target,
                                     const std::string& head) {
  for (const auto& [name, tensor] : target) {
    const auto found = source.find(name);
    if (!in_module(name, head) || found == source.end()) continue;
    const at::Tensor& values = found->second->values;
    if (differs_in_rows(values, tensor)) return values.size(0);
  }
  return std::nullopt;
}

// What keeps `imported` from being copied into `tensor`; "" when nothing does.
std::string obstacle(const ImportedTensor& imported, const at::Tensor& tensor) {
  const at::Tensor& values = imported.values;
  if (values.sizes() != tensor.sizes()) {
    return core::format("{} is {} instead of {}", imported.key, shape_text(values),
                        shape_text(tensor));
  }
  if (values.is_floating_point() != tensor.is_floating_point()) {
    return core::format("{} holds {} instead of {}", imported.key,
                        at::toString(values.scalar_type()), at::toString(tensor.scalar_type()));
  }
  if (!at::isfinite(values).all().item<bool>()) {
    return core::format("{} holds NaN or infinity", imported.key);
  }
  return "";
}

bool is_exact(const ImportReport& report, const std::vector<ImportedTensor>& source,
              const NamedTensors& target, const std::string& head) {
  const auto in_head = [&](const auto& name) { return in_module(name, head); };
  const auto tensors_of_head = std::count_if(target.begin(), target.end(),
                                             [&](const auto& item) { return in_head(item.first); });
  const auto kept_of_head = std::count_if(report.kept.begin(), report.kept.end(), in_head);
  const auto unused_of_head =
      std::count_if(source.begin(), source.end(), [&](const ImportedTensor& tensor) {
        return report.other_classes && tensor.name && in_head(*tensor.name);
      });
  return static_cast<size_t>(kept_of_head) == report.kept.size() &&
         static_cast<size_t>(unused_of_head) == report.unused.size() &&
         (kept_of_head == 0 || kept_of_head == tensors_of_head);
}

void throw_misfits(const std::vector<std::string>& misfits, const fs::path& path) {
  std::string shown;
  for (size_t i = 0; i < std::min(misfits.size(), kKeysShown); ++i) {
    shown += core::format("{}{}", i == 0 ? "" : ", ", misfits[i]);
  }
  const std::string more =
      misfits.size() > kKeysShown ? core::format(", and {} more", misfits.size() - kKeysShown) : "";
  throw core::DataError(path, core::format("does not fit the model: {}{}. Does it belong to "
                                           "another --model?",
                                           shown, more));
}

}  // namespace

ImportReport import_tensors(const std::vector<ImportedTensor>& source, const NamedTensors& target,
                            const std::string& head, const fs::path& path) {
  const ByName named = by_name(source, path);
  const std::optional<int64_t> classes = other_classes(named, target, head);
  ImportReport report{.unused = {}, .kept = {}, .other_classes = classes};
  std::vector<std::pair<at::Tensor, const ImportedTensor*>> copies;
  std::set<std::string> unused;
  for (const ImportedTensor& tensor : source) unused.insert(tensor.key);
  std::vector<std::string> misfits;
  for (const auto& [name, tensor] : target) {
    const auto found = named.find(name);
    if (found == named.end() || (classes && in_module(name, head))) {
      report.kept.push_back(name);
      continue;
    }
    if (std::string why = obstacle(*found->second, tensor); !why.empty()) misfits.push_back(why);
    unused.erase(found->second->key);
    copies.emplace_back(tensor, found->second);
  }
  if (!misfits.empty()) throw_misfits(misfits, path);
  if (copies.empty()) {
    throw core::DataError(path, "not one of its keys is that of a tensor of the model");
  }
  const at::NoGradGuard no_grad;
  for (const auto& [tensor, imported] : copies) tensor.copy_(imported->values);
  report.unused.assign(unused.begin(), unused.end());
  std::sort(report.kept.begin(), report.kept.end());
  report.exact = is_exact(report, source, target, head);
  return report;
}

}  // namespace train_backbone::io
