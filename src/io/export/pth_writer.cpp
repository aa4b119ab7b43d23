#include "io/export/pth_writer.h"

#include <ATen/core/Dict.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/pickler.h>

#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

// torch::save and torch::pickle_save write what Python takes for TorchScript or refuses: without
// tags a dict is a plain dict there.
std::string pickle(const std::vector<ForeignTensor>& tensors, std::vector<at::Tensor>& data) {
  c10::Dict<std::string, at::Tensor> dict;
  for (const ForeignTensor& tensor : tensors) dict.insert(tensor.name, tensor.value);
  std::string text;
  torch::jit::Pickler pickler([&text](const char* bytes, size_t size) { text.append(bytes, size); },
                              nullptr, nullptr, nullptr, nullptr, /*tag_aggregates=*/false);
  pickler.protocol();
  pickler.pushIValue(dict);
  pickler.stop();
  data = pickler.tensorData();
  return text;
}

}  // namespace

void write_pth(const std::filesystem::path& path, const std::vector<ForeignTensor>& tensors) {
  core::AtomicFile file(path);
  caffe2::serialize::PyTorchStreamWriter writer([&file](const void* bytes, size_t size) {
    file.write({static_cast<const uint8_t*>(bytes), size});
    return size;
  });
  std::vector<at::Tensor> data;
  const std::string text = pickle(tensors, data);
  writer.writeRecord("data.pkl", text.data(), text.size());
  for (size_t i = 0; i < data.size(); ++i) {
    const auto record = torch::jit::getWriteableTensorData(data[i]);
    writer.writeRecord(core::format("data/{}", i), record.data(), record.sizeInBytes());
  }
  writer.writeEndOfFile();
  file.commit();
}

}  // namespace train_backbone::io
