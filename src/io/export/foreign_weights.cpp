#include "io/export/foreign_weights.h"

#include <algorithm>
#include <map>
#include <set>

#include "io/export/differences.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

using models::Naming;

// Keras has kernels as height, width, in, out, and dense layers as in, out.
at::Tensor laid_out(const at::Tensor& tensor, Naming naming) {
  if (naming != Naming::kKeras || tensor.dim() < 2) return tensor;
  return tensor.dim() == 4 ? tensor.permute({2, 3, 1, 0}) : tensor.t();
}

at::Tensor file_value(const at::Tensor& source, const ExportChoice& choice) {
  const at::Tensor tensor = laid_out(source.detach().cpu(), choice.naming);
  const auto dtype = tensor.is_floating_point() ? choice.dtype : tensor.scalar_type();
  // Row-major whatever the strides were, and alone in its storage: a .pth file holds whole
  // storages.
  return tensor.to(dtype).clone(at::MemoryFormat::Contiguous);
}

std::vector<models::KeyShape> list_of(const ExportChoice& choice) {
  auto list = models::key_list(choice.model, choice.original, choice.naming, choice.num_classes,
                               choice.backbone_only);
  if (!list.empty()) return list;
  throw core::UsageError(
      core::format("--for {}: it has no network like {}{}", models::naming_name(choice.naming),
                   choice.model, choice.original ? " of --compat aws" : " without --compat aws"));
}

// A tensor that none of our networks of this name has must not get lost among those left out.
void check_own_names(const NamedTensors& own, const std::filesystem::path& source,
                     const ExportChoice& choice) {
  std::set<std::string> known;
  for (const models::KeyShape& shape :
       models::key_list(choice.model, choice.original, Naming::kTimm, choice.num_classes, false)) {
    known.insert(shape.key);
  }
  Differences differences;
  for (const auto& [key, tensor] : own) {
    if (!known.contains(key)) differences.unexpected.push_back(key);
  }
  differences.throw_if_any(source, choice.model);
}

}  // namespace

ForeignWeights to_foreign(const NamedTensors& own, const std::filesystem::path& source,
                          const ExportChoice& choice) {
  const std::vector<models::KeyShape> list = list_of(choice);
  check_own_names(own, source, choice);
  const models::KeyTraits traits = models::key_traits(choice.model, choice.original);
  ForeignWeights result;
  std::map<std::string, ForeignTensor> made;
  for (const auto& [key, tensor] : own) {
    const bool wanted = !(choice.backbone_only && models::is_head_key(key));
    const auto name =
        wanted ? models::to_foreign_key(traits, choice.naming, key) : std::optional<std::string>();
    if (name) {
      made[*name] = {.name = *name, .source = tensor, .value = file_value(tensor, choice)};
    } else {
      result.left_out.push_back(key);
    }
  }
  Differences differences;
  for (const models::KeyShape& wanted : list) {
    const auto found = made.find(wanted.key);
    if (found == made.end()) {
      differences.missing.push_back(wanted.key);
      continue;
    }
    if (found->second.value.sizes() != at::IntArrayRef(wanted.sizes)) {
      differences.different.push_back(
          shape_difference(wanted.key, found->second.value.sizes().vec(), wanted.sizes));
    }
    result.tensors.push_back(std::move(found->second));
    made.erase(found);
  }
  for (const auto& [name, tensor] : made) differences.unexpected.push_back(name);
  differences.throw_if_any(
      source, core::format("{} for {}", choice.model, models::naming_name(choice.naming)));
  return result;
}

}  // namespace train_backbone::io
