#include "io/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

struct BadHeader {
  const char* name;
  std::string text;
  uint64_t data_bytes;
  const char* message;
};

// One tensor 'a' of these fields.
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

// Two vectors of float32 with the given extents.
std::string two(const std::string& first, const std::string& second) {
  return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + first +
         R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + second + "}}";
}

class BadHeaderTest : public testing::TestWithParam<BadHeader> {};

TEST_P(BadHeaderTest, IsRefusedWithItsReason) {
  const auto parse = [] {
    parse_safetensors_header(GetParam().text, GetParam().data_bytes, "FILE");
  };
  EXPECT_THAT(
      message_of<core::DataError>(parse),
      testing::AllOf(testing::StartsWith("FILE: "), testing::HasSubstr(GetParam().message)));
}

const std::string kTooDeep = R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}";

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadHeaderTest,
    testing::Values(
        BadHeader{"empty", "", 0, "not a JSON object"},
        BadHeader{"list", "[1]", 0, "not a JSON object"},
        BadHeader{"pickle", "PK\3\4", 0, "is this a safetensors file?"},
        BadHeader{"half_json", R"({"a":)", 0, "not valid JSON"},
        BadHeader{"text_behind", "{} x", 0, "not valid JSON"},
        BadHeader{"zero_byte", std::string("{}\0x", 4), 0, "zero byte"},
        BadHeader{"bad_utf8", "{\"\xff\":1}", 0, "not valid JSON"},
        BadHeader{"nested", kTooDeep, 0, "nested"},
        BadHeader{"same_name_twice",
                  R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                  R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
                  4, "'a' twice"},
        BadHeader{"same_field_twice",
                  R"({"a":{"dtype":"F32","dtype":"I64","shape":[],"data_offsets":[0,4]}})", 4,
                  "'dtype' twice"},
        BadHeader{"metadata_number", R"({"__metadata__":{"a":1}})", 0, "metadata 'a'"},
        BadHeader{"metadata_list", R"({"__metadata__":[]})", 0, "__metadata__"},
        BadHeader{"header_crc", R"({"__metadata__":{"header_crc32c":"00000000"}})", 0,
                  "checksum of its header"},
        BadHeader{"tensor_is_number", R"({"a":1})", 0, "tensor 'a'"},
        BadHeader{"field_missing", R"({"a":{"dtype":"F32","shape":[]}})", 0, "nothing else"},
        BadHeader{"field_misnamed", R"({"a":{"dtype":"F32","size":[],"data_offsets":[0,4]}})", 4,
                  "no 'shape'"},
        BadHeader{"field_more", R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}})", 4,
                  "nothing else"},
        BadHeader{"dtype_unknown", one(R"("F33")", "[1]", "[0,4]"), 4, "\"F33\""},
        BadHeader{"dtype_number", one("4", "[1]", "[0,4]"), 4, "element type 4"},
        BadHeader{"shape_null", one(R"("F32")", "null", "[0,4]"), 4, "'shape'"},
        BadHeader{"shape_negative", one(R"("F32")", "[-1]", "[0,4]"), 4, "'shape' is [-1]"},
        BadHeader{"shape_fraction", one(R"("F32")", "[1.0]", "[0,4]"), 4, "'shape'"},
        BadHeader{"shape_text", one(R"("F32")", R"(["1"])", "[0,4]"), 4, "'shape'"},
        BadHeader{"dimension_above_int64", one(R"("F32")", "[9223372036854775808]", "[0,4]"), 4,
                  "too large"},
        BadHeader{"dimension_above_uint64", one(R"("F32")", "[18446744073709551616]", "[0,4]"), 4,
                  "'shape'"},
        // 2^32 * 2^32 * 4 is 0 in 64 bits, 2^31 * 2^31 * 4 is 2^64.
        BadHeader{"shape_overflow", one(R"("F32")", "[4294967296,4294967296]", "[0,0]"), 0,
                  "too large"},
        BadHeader{"bytes_overflow", one(R"("F32")", "[2147483648,2147483648]", "[0,0]"), 0,
                  "too large"},
        BadHeader{"overflow_beside_zero",
                  one(R"("F32")", "[0,4611686018427387904,4611686018427387904]", "[0,0]"), 0,
                  "too large"},
        BadHeader{"rank",
                  one(R"("F32")",
                      "[1" +
                          [] {
                            std::string ones;
                            for (int i = 0; i < 64; ++i) ones += ",1";
                            return ones;
                          }() +
                          "]",
                      "[0,4]"),
                  4, "'shape' has 65 numbers"},
        BadHeader{"long_name", "{\"" + std::string(5000, 'n') + "\":1}", 0, "n... (5000 bytes)"},
        BadHeader{"offsets_negative", one(R"("F32")", "[1]", "[-4,0]"), 0, "data_offsets"},
        BadHeader{"offsets_reversed", one(R"("F32")", "[1]", "[4,0]"), 4, "begin <= end"},
        BadHeader{"offsets_three", one(R"("F32")", "[1]", "[0,4,8]"), 8, "data_offsets"},
        BadHeader{"extent_small", one(R"("F32")", "[2]", "[0,4]"), 4, "8 bytes"},
        BadHeader{"extent_large", one(R"("F32")", "[1]", "[0,8]"), 8, "4 bytes"},
        BadHeader{"hole_first", one(R"("F32")", "[1]", "[4,8]"), 8, "hole"},
        BadHeader{"hole_between", two("[0,8]", "[12,20]"), 20, "hole"},
        BadHeader{"overlap", two("[0,8]", "[4,12]"), 12, "overlaps"},
        BadHeader{"same_place", two("[0,8]", "[0,8]"), 8, "overlaps"},
        BadHeader{"data_short", two("[0,8]", "[8,16]"), 15, "the file has 15"},
        BadHeader{"data_long", two("[0,8]", "[8,16]"), 17, "the file has 17"},
        BadHeader{"far_away", one(R"("F32")", "[1]", "[18446744073709551611,18446744073709551615]"),
                  4, "hole"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(SafetensorsHeader, TensorsMayStandInAnyOrder) {
  const SafetensorsHeader header =
      parse_safetensors_header(two("[8,16]", "[0,8]") + "   ", 16, "FILE");
  ASSERT_EQ(header.entries.size(), 2U);
  EXPECT_EQ(header.entries[0].name, "b");
  EXPECT_EQ(header.entries[1].name, "a");
}

TEST(SafetensorsHeader, EveryOtherByteInAnOwnHeaderIsRefused) {
  SafetensorsHeader header;
  header.entries.push_back({.name = "a\x1f", .dtype = Dtype::kI64, .shape = {1}, .end = 8});
  header.metadata = {{"crc32c.a\x1f", "00000000"}, {"model", "resnet18v1_b"}};
  const std::string good = format_safetensors_header(header);
  ASSERT_EQ(good.back(), ' ') << "padding is looked at, too";
  ASSERT_NO_THROW(parse_safetensors_header(good, 8, "FILE"));
  std::string text = good;
  for (char& place : text) {
    const char was = place;
    for (int byte = 0; byte < 256; ++byte) {
      place = static_cast<char>(byte);
      if (place == was) continue;
      ASSERT_THROW(parse_safetensors_header(text, 8, "FILE"), core::DataError) << text;
    }
    place = was;
  }
}

TEST(SafetensorsHeader, FormattedTextIsPaddedAndParsesToTheSame) {
  for (size_t extra = 0; extra < kHeaderAlignment; ++extra) {
    SafetensorsHeader header;
    header.entries.push_back(
        {.name = std::string(1 + extra, 'n'), .dtype = Dtype::kBF16, .shape = {3}, .end = 6});
    header.metadata["not utf-8"] = "\xff";
    const std::string text = format_safetensors_header(header);
    EXPECT_EQ(text.size() % kHeaderAlignment, 0U);
    const SafetensorsHeader parsed = parse_safetensors_header(text, 6, "FILE");
    ASSERT_EQ(parsed.entries.size(), 1U);
    EXPECT_EQ(parsed.entries[0].name, header.entries[0].name);
    EXPECT_EQ(parsed.entries[0].dtype, Dtype::kBF16);
    EXPECT_EQ(parsed.metadata.at("not utf-8"), "\xEF\xBF\xBD");
  }
}

}  // namespace
}  // namespace train_backbone::io
