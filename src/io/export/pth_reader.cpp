#include "io/export/pth_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "io/export/pickle_value.h"
#include "io/export/zip_reader.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kPickle = "data.pkl";

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kStorages{
    {{"torch FloatStorage", "F32"},
     {"torch HalfStorage", "F16"},
     {"torch BFloat16Storage", "BF16"},
     {"torch DoubleStorage", "F64"},
     {"torch LongStorage", "I64"}}};

// A pickled tensor is a call of torch._utils._rebuild_tensor_v2 with a storage, an offset, sizes,
// strides and two things that only matter to autograd.
class TensorReader {
 public:
  TensorReader(const std::map<std::string, std::string>& records, std::string folder,
               const std::filesystem::path& path)
      : records_(records), folder_(std::move(folder)), path_(path) {}

  RawTensor read(const std::string& name, const PickleValue& value) const {
    const PickleValue& arguments = item(value, Kind::kCall, 1, name);
    if (item(value, Kind::kCall, 0, name).text != "torch._utils _rebuild_tensor_v2") {
      fail(name);
    }
    RawTensor tensor{.name = name, .dtype = {}, .sizes = numbers(arguments, 2, name), .bytes = {}};
    if (item(arguments, Kind::kTuple, 1, name).number != 0) fail(name);
    if (numbers(arguments, 3, name) != row_major_strides(tensor.sizes)) fail(name);
    read_storage(item(arguments, Kind::kTuple, 0, name), tensor);
    return tensor;
  }

 private:
  [[noreturn]] void fail(const std::string& name) const {
    throw core::DataError(path_, core::format("'{}' is no row-major tensor", name));
  }

  const PickleValue& item(const PickleValue& value, Kind kind, size_t index,
                          const std::string& name) const {
    if (value.kind != kind || value.items.size() <= index) fail(name);
    return value.items[index];
  }

  std::vector<int64_t> numbers(const PickleValue& arguments, size_t index,
                               const std::string& name) const {
    const PickleValue& tuple = item(arguments, Kind::kTuple, index, name);
    std::vector<int64_t> result;
    for (const PickleValue& number : tuple.items) {
      if (number.kind != Kind::kInt) fail(name);
      result.push_back(number.number);
    }
    return result;
  }

  static std::vector<int64_t> row_major_strides(const std::vector<int64_t>& sizes) {
    std::vector<int64_t> strides(sizes.size(), 1);
    for (size_t i = sizes.size(); i > 1; --i) strides[i - 2] = strides[i - 1] * sizes[i - 1];
    return strides;
  }

  // ("storage", type, record, device, elements)
  void read_storage(const PickleValue& reference, RawTensor& tensor) const {
    const PickleValue& storage = item(reference, Kind::kReference, 0, tensor.name);
    const std::string& type = item(storage, Kind::kTuple, 1, tensor.name).text;
    const auto known = std::find_if(kStorages.begin(), kStorages.end(),
                                    [&](const auto& row) { return row.first == type; });
    const auto record =
        records_.find(folder_ + "data/" + item(storage, Kind::kTuple, 2, tensor.name).text);
    if (known == kStorages.end() || record == records_.end()) fail(tensor.name);
    tensor.dtype = known->second;
    const int64_t count = element_count(tensor.sizes);
    if (count < 0 ||
        record->second.size() / element_bytes(tensor.dtype) != static_cast<uint64_t>(count) ||
        item(storage, Kind::kTuple, 4, tensor.name).number != count) {
      throw core::DataError(path_,
                            core::format("'{}' and its data are not of one size", tensor.name));
    }
    tensor.bytes = record->second;
  }

  const std::map<std::string, std::string>& records_;
  std::string folder_;
  const std::filesystem::path& path_;
};

}  // namespace

std::vector<RawTensor> read_pth(const std::filesystem::path& path) {
  const std::map<std::string, std::string> records = read_zip(path);
  const auto pickle = std::find_if(records.begin(), records.end(), [](const auto& record) {
    return record.first.ends_with(kPickle);
  });
  if (pickle == records.end()) throw core::DataError(path, "has no data.pkl");
  const PickleValue dict = parse_pickle(pickle->second, path);
  if (dict.kind != Kind::kDict) throw core::DataError(path, "does not hold a dict");
  const TensorReader reader(records, pickle->first.substr(0, pickle->first.size() - kPickle.size()),
                            path);
  std::vector<RawTensor> tensors;
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    if (dict.items[i].kind != Kind::kText)
      throw core::DataError(path, "has a name that is no text");
    tensors.push_back(reader.read(dict.items[i].text, dict.items[i + 1]));
  }
  return tensors;
}

}  // namespace train_backbone::io
