#include "io/export/conv74.h"

#include "io/export/byte_reader.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

// From 0.2 on the number of pictures seen has 64 bits.
struct Header {
  int32_t major = 0;
  int32_t minor = 2;
  int32_t revision = 0;
};

}  // namespace

void write_conv74(const std::filesystem::path& path, const std::vector<ForeignTensor>& tensors) {
  core::AtomicFile file(path);
  const Header header;
  const int64_t seen = 0;
  const auto write = [&file](const void* bytes, size_t size) {
    file.write({static_cast<const uint8_t*>(bytes), size});
  };
  write(&header, sizeof header);
  write(&seen, sizeof seen);
  for (const ForeignTensor& tensor : tensors) {
    write(tensor.value.const_data_ptr(), tensor.value.nbytes());
  }
  file.commit();
}

std::vector<RawTensor> read_conv74(const std::filesystem::path& path,
                                   const std::vector<models::KeyShape>& list) {
  const std::string bytes = core::read_file(path);
  ByteReader reader(bytes, path);
  const auto major = reader.number<int32_t>();
  const auto minor = reader.number<int32_t>();
  reader.skip(sizeof(int32_t));
  if (major != 0 || minor != 2) {
    throw core::DataError(path, core::format("is of version {}.{}, not 0.2", major, minor));
  }
  reader.skip(sizeof(int64_t));
  std::vector<RawTensor> tensors;
  for (const models::KeyShape& shape : list) {
    const uint64_t size = sizeof(float) * static_cast<uint64_t>(element_count(shape.sizes));
    tensors.push_back({.name = shape.key,
                       .dtype = "F32",
                       .sizes = shape.sizes,
                       .bytes = std::string(reader.text(size))});
  }
  if (!reader.at_end())
    throw core::DataError(path, reader.position(), "goes on after the last layer");
  return tensors;
}

}  // namespace train_backbone::io
