#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>

#include "example.pb.h"
#include "record_files.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/example_writer.h"

// Random damage that both checksums would have let through: parse_example answers or refuses, stays
// inside the bytes, and never disagrees with the generated classes.
namespace train_backbone::data {
namespace {

// Bytes in a block of exactly their size, so that AddressSanitizer sees a read behind the end.
class ExactBytes {
 public:
  explicit ExactBytes(const std::string& bytes)
      : size_(bytes.size()), data_(std::make_unique<uint8_t[]>(size_)) {
    std::memcpy(data_.get(), bytes.data(), size_);
  }
  [[nodiscard]] std::span<const uint8_t> span() const { return {data_.get(), size_}; }
  [[nodiscard]] bool contains(const void* begin, size_t size) const {
    const auto* first = static_cast<const uint8_t*>(begin);
    return size == 0 || (first >= data_.get() && first + size <= data_.get() + size_);
  }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> data_;
};

std::string start(std::mt19937& random) {
  const std::string picture(random() % 40, 'p');
  ExampleFields fields;
  fields.label = static_cast<int64_t>(random() % 2000);
  fields.synset = "n01440764";
  fields.filename = "n01440764_18.JPEG";
  fields.encoded = picture;
  std::string bytes;
  write_example(fields, bytes);
  return bytes;
}

void mutate(std::string& bytes, std::mt19937& random) {
  const size_t place = bytes.empty() ? 0 : random() % bytes.size();
  switch (random() % 6) {
    case 0:
      bytes.resize(place);
      break;
    case 1:
      bytes.insert(place, 1, static_cast<char>(random()));
      break;
    case 2:
      bytes.erase(place, random() % 4);
      break;
    case 3:
      bytes.insert(place, bytes.substr(random() % (bytes.size() + 1), random() % 50));
      break;
    default:
      if (!bytes.empty()) bytes[place] = static_cast<char>(random());
  }
}

std::string last_bytes(const proto::Example& example, const char* key) {
  const auto found = example.features().feature().find(key);
  if (found == example.features().feature().end()) return "";
  const auto& values = found->second.bytes_list().value();
  return values.empty() ? "" : values.Get(values.size() - 1);
}

std::optional<int64_t> last_label(const proto::Example& example) {
  const auto found = example.features().feature().find("image/class/label");
  if (found == example.features().feature().end()) return {};
  const auto& values = found->second.int64_list().value();
  if (values.empty()) return {};
  return values.Get(values.size() - 1);
}

TEST(ParseExampleMutations, StayInsideAndAgreeWithTheGeneratedClasses) {
  const google::protobuf::LogSilencer quiet;  // it complains of keys that are no UTF-8
  std::mt19937 random(20240501);
  int agreed = 0;
  int refused = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes = start(random);
    if (random() % 2 == 0) bytes += start(random);  // two messages behind each other are merged
    for (size_t change = random() % 3; change-- > 0;) mutate(bytes, random);
    const ExactBytes exact(bytes);
    const auto view = parse_example(exact.span());
    proto::Example oracle;
    const bool whole = oracle.ParseFromString(bytes);
    if (!view) {
      // Not the other way round: the classes also check what we pass over.
      ASSERT_FALSE(whole) << "round " << round;
      ++refused;
      continue;
    }
    ASSERT_TRUE(exact.contains(view->encoded.data(), view->encoded.size())) << round;
    ASSERT_TRUE(exact.contains(view->filename.data(), view->filename.size())) << round;
    if (!whole) continue;
    ASSERT_EQ(as_string(view->encoded), last_bytes(oracle, "image/encoded")) << round;
    ASSERT_EQ(std::string(view->filename), last_bytes(oracle, "image/filename")) << round;
    ASSERT_EQ(view->label, last_label(oracle)) << round;
    ++agreed;
  }
  // The mutations are worth something only when both answers are common.
  EXPECT_GT(agreed, 5'000);
  EXPECT_GT(refused, 5'000);
}

TEST(ParseExampleMutations, RandomBytesNeverHarm) {
  std::mt19937 random(7);
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? 10 : random());
    const ExactBytes exact(bytes);
    if (const auto view = parse_example(exact.span())) {
      ASSERT_TRUE(exact.contains(view->encoded.data(), view->encoded.size()));
      ASSERT_TRUE(exact.contains(view->filename.data(), view->filename.size()));
    }
  }
}

}  // namespace
}  // namespace train_backbone::data
