#include "io/export/plain_safetensors.h"

#include <nlohmann/json.hpp>

#include "io/export/byte_reader.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"

namespace train_backbone::io {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 32;

}  // namespace

std::vector<RawTensor> read_plain_safetensors(const std::filesystem::path& path) {
  const std::string bytes = core::read_file(path, kMaxBytes);
  ByteReader reader(bytes, path);
  const std::string_view text = reader.text(reader.number<uint64_t>());
  const uint64_t data = reader.position();
  std::vector<RawTensor> tensors;
  try {
    const nlohmann::json header = nlohmann::json::parse(text);
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") continue;
      RawTensor tensor{.name = name,
                       .dtype = entry.at("dtype").get<std::string>(),
                       .sizes = entry.at("shape").get<std::vector<int64_t>>(),
                       .bytes = {}};
      const auto begin = entry.at("data_offsets").at(0).get<uint64_t>();
      const auto end = entry.at("data_offsets").at(1).get<uint64_t>();
      tensor.bytes = ByteReader(bytes, path, data + begin).text(end - begin);
      tensors.push_back(std::move(tensor));
    }
  } catch (const nlohmann::json::exception& error) {
    throw core::DataError(path,
                          std::string("its header is not that of safetensors: ") + error.what());
  }
  return tensors;
}

}  // namespace train_backbone::io
