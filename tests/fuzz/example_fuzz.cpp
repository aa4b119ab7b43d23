// libFuzzer on parse_example, with protobuf's generated classes as the oracle. Whatever the bytes
// are: what the classes read is read, with the same values, and views lie within the bytes.
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "example.pb.h"
#include "expect.h"
#include "train_backbone/data/record/example.h"

namespace train_backbone::data {
namespace {

using fuzz::expect;

const proto::Feature* feature(const proto::Example& example, const char* key) {
  const auto found = example.features().feature().find(key);
  return found == example.features().feature().end() ? nullptr : &found->second;
}

std::string_view last_bytes(const proto::Example& example, const char* key) {
  const proto::Feature* about = feature(example, key);
  if (about == nullptr || about->bytes_list().value().empty()) return {};
  return *about->bytes_list().value().rbegin();
}

std::optional<int64_t> last_label(const proto::Example& example) {
  const proto::Feature* about = feature(example, "image/class/label");
  if (about == nullptr || about->int64_list().value().empty()) return {};
  return *about->int64_list().value().rbegin();
}

std::string_view text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool lies_within(std::string_view view, std::span<const uint8_t> bytes) {
  const std::string_view all = text(bytes);
  return view.empty() ||
         (view.data() >= all.data() && view.data() + view.size() <= all.data() + all.size());
}

void try_example(std::span<const uint8_t> bytes) {
  const auto view = parse_example(bytes);
  proto::Example oracle;
  const bool whole = oracle.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!view) {
    // Not the other way round: the classes also check what is passed over here.
    expect(!whole, "what protobuf reads is read");
    return;
  }
  expect(lies_within(text(view->encoded), bytes) && lies_within(view->filename, bytes),
         "an Example's views lie within its bytes");
  if (!whole) return;
  expect(text(view->encoded) == last_bytes(oracle, "image/encoded"), "the picture is protobuf's");
  expect(view->filename == last_bytes(oracle, "image/filename"), "the name is protobuf's");
  expect(view->label == last_label(oracle), "the label is protobuf's");
}

}  // namespace
}  // namespace train_backbone::data

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  // It complains of keys that are no UTF-8.
  static const google::protobuf::LogSilencer quiet;
  train_backbone::data::try_example({bytes, size});
  return 0;
}
