// Weight files that are damaged or made to do harm: an error that names the file, no crash, and no
// memory beyond what the file itself takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <torch/torch.h>

#include <array>
#include <optional>

#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/tensor_apply.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// Every bit alone, all of them, and what turns a space or an 'A' into something that JSON treats
// alike.
constexpr std::array<char, 12> kChanges = {'\x01', '\x02',     '\x04',     '\x08',
                                           '\x10', '\x20',     '\x40',     '\x80',
                                           '\xff', ' ' ^ '\t', ' ' ^ '\n', ' ' ^ '\r'};

// What a file without checksums looks like: no program but the reader stands behind it.
const std::string kForeignHeader =
    R"({"__metadata__":{"format":"pt"},)"
    R"("bn.count":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
    R"("fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},)"
    R"("fc.bias":{"dtype":"F16","shape":[2],"data_offsets":[32,36]}}   )";

std::string foreign_file() {
  std::string data(36, '\0');
  data[0] = 9;
  return raw_safetensors(kForeignHeader, data, kForeignHeader.size());
}

NamedTensors model() {
  return {{"bn.count", torch::tensor(int64_t{0})},
          {"fc.weight", torch::ones({2, 3})},
          {"fc.bias", torch::ones({2})}};
}

// Loads the file as a model's weights; the error's text, or nothing when it was taken.
std::optional<std::string> refusal(const fs::path& path) {
  try {
    apply_tensors(read_weights(path).tensors, model(), path);
    return std::nullopt;
  } catch (const core::Error& error) {
    return error.what();
  }
}

TEST(HostileWeights, EveryChangedByteOfAnOwnFileIsFound) {
  const auto path = scratch_folder() / "own.safetensors";
  write_weights(path, model(), {{"model", "resnet18v1_b"}, {"note", "a \"quote\" and \x01\x1f"}});
  ASSERT_EQ(refusal(path), std::nullopt);
  const std::string good = slurp(path);
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char change : kChanges) {
      put_byte(path, i, static_cast<char>(good[i] ^ change));
      const auto error = refusal(path);
      ASSERT_TRUE(error) << "byte " << i << " changed by " << int{change};
      ASSERT_THAT(*error, HasSubstr(path.string()));
    }
    put_byte(path, i, good[i]);
  }
}

TEST(HostileWeights, EveryTruncationOfAForeignFileIsFound) {
  const auto path = scratch_folder() / "foreign.safetensors";
  spill(path, foreign_file());
  ASSERT_EQ(refusal(path), std::nullopt);
  for (size_t length = fs::file_size(path); length-- > 0;) {
    fs::resize_file(path, length);
    const auto error = refusal(path);
    ASSERT_TRUE(error) << length;
    ASSERT_THAT(*error, HasSubstr(path.string()));
  }
}

// Where nothing can be found: the data, texts of the metadata, and white space for white space.
bool may_change(size_t position, char now) {
  const size_t in_header = position - sizeof(uint64_t);
  if (in_header >= kForeignHeader.size()) return true;
  const size_t metadata = kForeignHeader.find("\"format\"");
  if (in_header > metadata && in_header < kForeignHeader.find("},")) return true;
  const bool was_space = kForeignHeader[in_header] == ' ';
  return was_space && (now == '\t' || now == '\n' || now == '\r');
}

TEST(HostileWeights, EveryChangedByteOfAForeignHeaderIsFoundOrReportedAsAnotherKey) {
  const auto path = scratch_folder() / "foreign.safetensors";
  const std::string good = foreign_file();
  spill(path, good);
  size_t renamed = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char change : kChanges) {
      const char now = static_cast<char>(good[i] ^ change);
      put_byte(path, i, now);
      const auto error = refusal(path);
      ASSERT_TRUE(error || (i >= sizeof(uint64_t) && may_change(i, now)))
          << "byte " << i << " changed by " << int{change};
      if (!error) continue;
      ASSERT_THAT(*error, HasSubstr(path.string()));
      if (error->find("unknown to the model 1") == std::string::npos) continue;
      ASSERT_THAT(*error, HasSubstr("missing in the file 1"));
      ++renamed;
    }
    put_byte(path, i, good[i]);
  }
  EXPECT_GT(renamed, 100U) << "changed keys";
}

struct Hostile {
  const char* name;
  std::string header;
  std::string data;
  const char* reason;
};

std::string vector_of(const std::string& dtype, const std::string& shape,
                      const std::string& offsets) {
  return R"({"fc.bias":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + "}}";
}

class HostileWeightsFile : public testing::TestWithParam<Hostile> {};

TEST_P(HostileWeightsFile, IsRefusedByNameAndReason) {
  const auto path = scratch_folder() / "hostile.safetensors";
  const Hostile& hostile = GetParam();
  spill(path, raw_safetensors(hostile.header, hostile.data, hostile.header.size()));
  EXPECT_THAT(message_of<core::DataError>([&] { read_weights(path); }),
              AllOf(HasSubstr(path.string()), HasSubstr(hostile.reason)));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, HostileWeightsFile,
    testing::Values(
        Hostile{"overlap",
                R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                std::string(12, 'x'), "overlaps"},
        Hostile{"negative_offset", vector_of("F32", "[1]", "[-4,0]"), "xxxx", "data_offsets"},
        Hostile{"huge_offset",
                vector_of("F32", "[1]", "[18446744073709551611,18446744073709551615]"), "xxxx",
                "hole"},
        Hostile{"size_2_63", vector_of("F32", "[9223372036854775808]", "[0,4]"), "xxxx",
                "too large"},
        Hostile{"extent_2_63", vector_of("F16", "[4611686018427387904]", "[0,9223372036854775808]"),
                "xxxx", "too large"},
        Hostile{"more_than_the_file_has",
                vector_of("F32", "[1152921504606846976]", "[0,4611686018427387904]"), "xxxx",
                "the file has 4"},
        Hostile{"product_wraps", vector_of("F32", "[4294967296,4294967296]", "[0,0]"), "",
                "too large"},
        Hostile{"key_twice",
                R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},)"
                R"("a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}})",
                "xxxx", "'a' twice"},
        Hostile{"wrong_dtype", vector_of("F31", "[1]", "[0,4]"), "xxxx", "F31"},
        Hostile{"invalid_utf8", vector_of("F32", "[1]", "[0,4]").replace(2, 1, "\xc0"), "xxxx",
                "not valid JSON"},
        Hostile{"deep", R"({"a":)" + std::string(1 << 20, '[') + "}", "", "nested"},
        Hostile{"no_tensor", R"({"__metadata__":{}})", "", "holds no tensor"}),
    [](const auto& row) { return std::string(row.param.name); });

// Peak memory of this process, in bytes.
uint64_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) << 10;
}

std::string repeated(const std::string& text, size_t bytes) {
  std::string result;
  while (result.size() < bytes) result += text;
  return result;
}

// "1":VALUE,"2":VALUE,...
std::string many_keys(size_t bytes, const std::string& value) {
  std::string result;
  for (int i = 0; result.size() < bytes; ++i) result += core::format("\"{}\":{},", i, value);
  return result;
}

TEST(HostileWeights, AHeaderTakesMemoryInProportionToItsSize) {
  constexpr size_t kBytes = size_t{1} << 20;
#ifdef __SANITIZE_ADDRESS__
  constexpr uint64_t kMostPerByte = 160;  // it surrounds each small block, and keeps freed ones
#else
  constexpr uint64_t kMostPerByte = 40;
#endif
  const auto path = scratch_folder() / "bomb.safetensors";
  const std::vector<std::string> headers = {
      R"({"a":)" + std::string(kBytes, '['),
      R"({"a":{"dtype":"F32","data_offsets":[0,4],"shape":[1)" + repeated(",1", kBytes) + "]}}",
      R"({"a":[0)" + repeated(",{}", kBytes) + "]}",
      R"({"__metadata__":{"a":")" + std::string(kBytes, 'x') + R"("}})",
      R"({")" + std::string(kBytes, 'x'),
      R"({"__metadata__":{)" + many_keys(kBytes, "\"\"") + R"("z":0}})",
      "{" + many_keys(kBytes, "0") + R"("z":0})",
  };
  const uint64_t before = peak_memory();
  for (const std::string& header : headers) {
    spill(path, raw_safetensors(header, "", header.size()));
    EXPECT_THROW(read_weights(path), core::DataError) << header.substr(0, 30);
    EXPECT_LT(peak_memory() - before, kMostPerByte * kBytes) << header.substr(0, 60);
  }
}

TEST(HostileWeights, DataThatNobodyWantsIsNeverRead) {
  // 64 GiB without a single block on the disk, truly described by the header.
  constexpr uint64_t kDataBytes = uint64_t{1} << 36;
  const std::string header = vector_of("F32", "[17179869184]", "[0,68719476736]");
  const auto path = scratch_folder() / "sparse.safetensors";
  spill(path, raw_safetensors(header, "", header.size()));
  fs::resize_file(path, fs::file_size(path) + kDataBytes);
  const uint64_t before = peak_memory();
  const NamedTensors target = {{"fc.bias", torch::ones({2})}};
  EXPECT_THAT(
      message_of<core::DataError>([&] { apply_tensors(read_weights(path).tensors, target, path); }),
      HasSubstr("fc.bias is [17179869184]"));
  EXPECT_LT(peak_memory() - before, uint64_t{16} << 20);
}

}  // namespace
}  // namespace train_backbone::io
