#include "io/export/container.h"

#include <array>
#include <string_view>

#include "io/export/conv74.h"
#include "io/export/keras_h5.h"
#include "io/export/plain_safetensors.h"
#include "io/export/pth_reader.h"
#include "io/export/pth_writer.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::io {
namespace {

using models::Naming;

struct Row {
  Naming naming;
  std::string_view ending;
  Container container;
};

// Of mmengine and detectron2 neither loads safetensors.
constexpr std::array kRows{Row{Naming::kTimm, ".safetensors", Container::kSafetensors},
                           Row{Naming::kTimm, ".pth", Container::kPth},
                           Row{Naming::kTorchvision, ".pth", Container::kPth},
                           Row{Naming::kTorchvision, ".safetensors", Container::kSafetensors},
                           Row{Naming::kMmdet, ".pth", Container::kPth},
                           Row{Naming::kMmpretrain, ".pth", Container::kPth},
                           Row{Naming::kDetectron2, ".pth", Container::kPth},
                           Row{Naming::kDarknet, ".conv.74", Container::kConv74},
                           Row{Naming::kKeras, ".h5", Container::kKerasH5}};

}  // namespace

Container container_of(Naming naming, const std::filesystem::path& output) {
  const std::string name = output.filename().string();
  std::string endings;
  for (const Row& row : kRows) {
    if (row.naming != naming) continue;
    if (name.size() > row.ending.size() && name.ends_with(row.ending)) return row.container;
    endings += core::format("{}{}", endings.empty() ? "" : " or ", row.ending);
  }
  throw core::UsageError(core::format("--output {}: {} reads files that end in {}", output.string(),
                                      models::naming_name(naming), endings));
}

void check_dtype(Container container, at::ScalarType dtype) {
  const bool any = container == Container::kPth || container == Container::kSafetensors;
  if (any || dtype == at::kFloat) return;
  throw core::UsageError(core::format("--dtype: {} files hold fp32 only",
                                      container == Container::kConv74 ? "darknet's" : "Keras'"));
}

void write_container(Container container, const std::filesystem::path& path,
                     const std::vector<ForeignTensor>& tensors, const Metadata& metadata) {
  switch (container) {
    case Container::kPth:
      return write_pth(path, tensors);
    case Container::kConv74:
      return write_conv74(path, tensors);
    case Container::kKerasH5:
      return write_keras_h5(path, tensors);
    case Container::kSafetensors:
      break;
  }
  NamedTensors named;
  for (const ForeignTensor& tensor : tensors) named.emplace_back(tensor.name, tensor.value);
  write_weights(path, named, metadata);
}

std::vector<RawTensor> read_container(Container container, const std::filesystem::path& path,
                                      const std::vector<models::KeyShape>& list) {
  switch (container) {
    case Container::kPth:
      return read_pth(path);
    case Container::kConv74:
      return read_conv74(path, list);
    case Container::kKerasH5:
      return read_keras_h5(path);
    case Container::kSafetensors:
      break;
  }
  return read_plain_safetensors(path);
}

}  // namespace train_backbone::io
