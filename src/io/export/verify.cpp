#include "io/export/verify.h"

#include <ATen/ops/from_blob.h>

#include <array>
#include <cstring>
#include <map>
#include <set>

#include "io/export/differences.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 5> kTypes{
    {{"F64", at::kDouble},
     {"F32", at::kFloat},
     {"F16", at::kHalf},
     {"BF16", at::kBFloat16},
     {"I64", at::kLong}}};

at::ScalarType type_of(const RawTensor& tensor) {
  for (const auto& [name, type] : kTypes) {
    if (tensor.dtype == name) return type;
  }
  return at::ScalarType::Undefined;
}

// The file's tensor in our layout: out, in, height, width from Keras' height, width, in, out.
at::Tensor as_ours(RawTensor& tensor, models::Naming naming) {
  at::Tensor view = at::from_blob(tensor.bytes.data(), tensor.sizes, type_of(tensor));
  if (naming == models::Naming::kKeras && view.dim() == 4) view = view.permute({3, 2, 0, 1});
  if (naming == models::Naming::kKeras && view.dim() == 2) view = view.permute({1, 0});
  return view.contiguous();
}

// Nothing, or how a tensor with the right name and shape differs.
std::string value_difference(RawTensor tensor, const at::Tensor& source,
                             const ExportChoice& choice) {
  const at::ScalarType wanted = source.is_floating_point() ? choice.dtype : source.scalar_type();
  if (type_of(tensor) != wanted) {
    return core::format("{} has the element type {}", tensor.name, tensor.dtype);
  }
  const auto elements = static_cast<uint64_t>(element_count(tensor.sizes));
  if (tensor.bytes.size() != elements * element_bytes(tensor.dtype)) {
    return core::format("{} has {} bytes", tensor.name, tensor.bytes.size());
  }
  const at::Tensor ours = as_ours(tensor, choice.naming);
  const at::Tensor cast = source.to(wanted).contiguous();
  const bool same = ours.sizes() == cast.sizes() &&
                    std::memcmp(ours.const_data_ptr(), cast.const_data_ptr(), cast.nbytes()) == 0;
  return same ? "" : core::format("{} has other values", tensor.name);
}

}  // namespace

void verify_tensors(const std::vector<RawTensor>& read, const std::vector<models::KeyShape>& list,
                    const std::vector<ForeignTensor>& wanted, const ExportChoice& choice,
                    const std::filesystem::path& path) {
  std::map<std::string, at::Tensor> sources;
  for (const ForeignTensor& tensor : wanted) sources[tensor.name] = tensor.source;
  std::map<std::string, const std::vector<int64_t>*> shapes;
  for (const models::KeyShape& shape : list) shapes[shape.key] = &shape.sizes;
  Differences differences;
  std::set<std::string> seen;
  for (const RawTensor& tensor : read) {
    const auto shape = shapes.find(tensor.name);
    const auto source = sources.find(tensor.name);
    if (shape == shapes.end() || source == sources.end() || !seen.insert(tensor.name).second) {
      differences.unexpected.push_back(tensor.name);
    } else if (tensor.sizes != *shape->second) {
      differences.different.push_back(shape_difference(tensor.name, tensor.sizes, *shape->second));
    } else if (auto text = value_difference(tensor, source->second, choice); !text.empty()) {
      differences.different.push_back(std::move(text));
    }
  }
  for (const models::KeyShape& shape : list) {
    if (!seen.contains(shape.key)) differences.missing.push_back(shape.key);
  }
  differences.throw_if_any(
      path, core::format("{} for {}", choice.model, models::naming_name(choice.naming)));
}

}  // namespace train_backbone::io
