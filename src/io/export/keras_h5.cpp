#include "io/export/keras_h5.h"

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

// An HDF5 identifier and how it is given back. A negative one is an error that names the file.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle(hid_t id, Close close, const std::filesystem::path& path, std::string_view what)
      : id_(id), close_(close) {
    if (id_ < 0) throw core::DataError(path, core::format("HDF5: {} failed", what));
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close_(id_); }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

void check(herr_t status, const std::filesystem::path& path, std::string_view what) {
  if (status < 0) throw core::DataError(path, core::format("HDF5: {} failed", what));
}

// The library would print its own account of every error.
void silence() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

// "LAYER/VARIABLE:0" -> "LAYER".
std::string layer_of(const std::string& name) { return name.substr(0, name.find('/')); }

// Texts of one length, padded with zeros: what numpy calls S.
void write_texts(hid_t object, const char* name, const std::vector<std::string>& texts, bool scalar,
                 const std::filesystem::path& path) {
  size_t width = 1;
  for (const std::string& text : texts) width = std::max(width, text.size());
  std::string packed;
  for (std::string text : texts) {
    text.resize(width, '\0');
    packed += text;
  }
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, path, "copying a type");
  check(H5Tset_size(type.get(), width), path, "setting a size");
  check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), path, "setting a padding");
  const hsize_t count = texts.size();
  const Handle space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr),
                     H5Sclose, path, "making a space");
  const Handle attribute(
      H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, path,
      "making an attribute");
  check(H5Awrite(attribute.get(), type.get(), packed.data()), path, "writing an attribute");
}

void write_dataset(hid_t group, const ForeignTensor& tensor, const std::filesystem::path& path) {
  const std::vector<hsize_t> sizes(tensor.value.sizes().begin(), tensor.value.sizes().end());
  const Handle space(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                     H5Sclose, path, "making a space");
  const Handle nested(H5Pcreate(H5P_LINK_CREATE), H5Pclose, path, "making properties");
  check(H5Pset_create_intermediate_group(nested.get(), 1), path, "setting properties");
  const Handle dataset(H5Dcreate2(group, tensor.name.c_str(), H5T_IEEE_F32LE, space.get(),
                                  nested.get(), H5P_DEFAULT, H5P_DEFAULT),
                       H5Dclose, path, "making a data set");
  check(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                 tensor.value.const_data_ptr()),
        path, "writing a data set");
}

std::vector<std::string> read_texts(hid_t object, const char* name,
                                    const std::filesystem::path& path) {
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, path,
                         core::format("opening the attribute {}", name));
  const Handle type(H5Aget_type(attribute.get()), H5Tclose, path, "reading a type");
  const Handle space(H5Aget_space(attribute.get()), H5Sclose, path, "reading a space");
  const size_t width = H5Tget_size(type.get());
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || count < 0) {
    throw core::DataError(path, core::format("attribute {} holds no texts of one length", name));
  }
  std::string packed(width * static_cast<size_t>(count), '\0');
  check(H5Aread(attribute.get(), type.get(), packed.data()), path, "reading an attribute");
  std::vector<std::string> texts;
  for (size_t i = 0; i < packed.size(); i += width) {
    texts.emplace_back(packed.data() + i, ::strnlen(packed.data() + i, width));
  }
  return texts;
}

RawTensor read_dataset(hid_t group, const std::string& name, const std::filesystem::path& path) {
  const Handle dataset(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, path,
                       core::format("opening the data set {}", name));
  const Handle type(H5Dget_type(dataset.get()), H5Tclose, path, "reading a type");
  const Handle space(H5Dget_space(dataset.get()), H5Sclose, path, "reading a space");
  if (H5Tequal(type.get(), H5T_IEEE_F32LE) <= 0) {
    throw core::DataError(path, core::format("{} is not of 32-bit floating point", name));
  }
  std::vector<hsize_t> sizes(static_cast<size_t>(H5Sget_simple_extent_ndims(space.get())));
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  RawTensor tensor{
      .name = name, .dtype = "F32", .sizes = {sizes.begin(), sizes.end()}, .bytes = {}};
  tensor.bytes.resize(sizeof(float) *
                      static_cast<size_t>(H5Sget_simple_extent_npoints(space.get())));
  check(H5Dread(dataset.get(), H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.bytes.data()),
        path, "reading a data set");
  return tensor;
}

}  // namespace

void write_keras_h5(const std::filesystem::path& path, const std::vector<ForeignTensor>& tensors) {
  silence();
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose,
                    path, "making the file");
  std::vector<std::string> layers;
  for (auto first = tensors.begin(); first != tensors.end();) {
    const std::string layer = layer_of(first->name);
    const auto last = std::find_if(
        first, tensors.end(), [&](const auto& tensor) { return layer_of(tensor.name) != layer; });
    const Handle group(H5Gcreate2(file.get(), layer.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                       H5Gclose, path, core::format("making the group {}", layer));
    std::vector<std::string> names;
    for (; first != last; ++first) {
      write_dataset(group.get(), *first, path);
      names.push_back(first->name);
    }
    write_texts(group.get(), "weight_names", names, false, path);
    layers.push_back(layer);
  }
  write_texts(file.get(), "layer_names", layers, false, path);
  // What the original's TensorFlow wrote; its layout is the one above.
  write_texts(file.get(), "backend", {"tensorflow"}, true, path);
  write_texts(file.get(), "keras_version", {"2.2.4-tf"}, true, path);
  check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), path, "writing the file");
}

std::vector<RawTensor> read_keras_h5(const std::filesystem::path& path) {
  silence();
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path,
                    "opening the file");
  std::vector<RawTensor> tensors;
  for (const std::string& layer : read_texts(file.get(), "layer_names", path)) {
    const Handle group(H5Gopen2(file.get(), layer.c_str(), H5P_DEFAULT), H5Gclose, path,
                       core::format("opening the group {}", layer));
    for (const std::string& name : read_texts(group.get(), "weight_names", path)) {
      if (layer_of(name) != layer) {
        throw core::DataError(path, core::format("{} stands in the layer {}", name, layer));
      }
      tensors.push_back(read_dataset(group.get(), name, path));
    }
  }
  return tensors;
}

}  // namespace train_backbone::io
