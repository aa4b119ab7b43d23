#include <gmock/gmock.h>

#include <cstring>

#include "io/export/pickle_value.h"
#include "io/export/plain_safetensors.h"
#include "io/export/pth_reader.h"
#include "io/export/zip_reader.h"
#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

using ::testing::HasSubstr;

std::string refused_pickle(const std::string& bytes) {
  return message_of<core::DataError>([&] { parse_pickle(bytes, "p.pth"); });
}

TEST(PickleValue, KnowsValuesAndRunsNothing) {
  const PickleValue dict =
      parse_pickle(std::string("\x80\x02}q\0(X\1\0\0\0aK\7X\1\0\0\0bJ\xfe\xff\xff\xff"
                               "u.",
                               29),
                   "p");
  ASSERT_EQ(dict.kind, PickleValue::Kind::kDict);
  ASSERT_EQ(dict.items.size(), 4U);
  EXPECT_EQ(dict.items[0].text, "a");
  EXPECT_EQ(dict.items[1].number, 7);
  EXPECT_EQ(dict.items[3].number, -2);
  // os.system("x"): a call that is described, not made.
  const PickleValue call = parse_pickle(std::string("\x80\x02"
                                                    "cos\nsystem\nX\1\0\0\0x\x85R.",
                                                    23),
                                        "p");
  ASSERT_EQ(call.kind, PickleValue::Kind::kCall);
  EXPECT_EQ(call.items[0].text, "os system");
}

TEST(PickleValue, ReadsNumbersOfAnyLength) {
  EXPECT_EQ(parse_pickle(std::string("\x8a\5\0\0\0\0\1.", 8), "p").number, int64_t{1} << 32);
  EXPECT_EQ(parse_pickle(std::string("\x8a\1\xff.", 4), "p").number, -1);
  EXPECT_THAT(refused_pickle(std::string("\x8a\x09", 2) + std::string(9, '\1') + "."),
              HasSubstr("too large"));
}

TEST(PickleValue, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refused_pickle("]."), HasSubstr("at byte 0: pickle opcode 0x5d"));
  EXPECT_THAT(refused_pickle("R."), HasSubstr("damaged"));
  EXPECT_THAT(refused_pickle("h\3."), HasSubstr("damaged"));
  EXPECT_THAT(refused_pickle("NK"), HasSubstr("ends too early"));
  EXPECT_THAT(refused_pickle(std::string("X\xff\0\0\0x", 6)), HasSubstr("ends too early"));
}

class Readers : public testing::Test {
 protected:
  ~Readers() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ = scratch_folder();
};

const std::filesystem::path kPython = TB_GOLDEN_DIR "/io/python.pth";

template <class Number>
std::vector<Number> numbers(const RawTensor& tensor) {
  std::vector<Number> values(tensor.bytes.size() / sizeof(Number));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

TEST_F(Readers, PthThatPythonWrote) {
  const std::vector<RawTensor> read = read_pth(kPython);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].name, "float32");
  EXPECT_EQ(read[0].dtype, "F32");
  EXPECT_EQ(read[0].sizes, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(numbers<float>(read[0]), (std::vector<float>{-1, -0.5, 0, 0.5, 1, 1.5}));
  EXPECT_EQ(read[1].dtype, "F16");
  EXPECT_EQ(numbers<uint16_t>(read[1]), (std::vector<uint16_t>{0x3400, 0xC000}));
  EXPECT_EQ(read[2].dtype, "I64");
  EXPECT_TRUE(read[2].sizes.empty());
  EXPECT_EQ(numbers<int64_t>(read[2]), std::vector<int64_t>{1234567890123});
}

TEST_F(Readers, PthCutOffAnywhereIsRefused) {
  const std::string whole = slurp(kPython);
  for (size_t length = 0; length < whole.size(); length += 5) {
    spill(folder_ / "w.pth", whole.substr(0, length));
    EXPECT_THROW(read_pth(folder_ / "w.pth"), core::DataError) << length;
  }
}

TEST_F(Readers, PthWithAChangedByteIsRefusedOrReadTheSame) {
  const std::string whole = slurp(kPython);
  const std::vector<RawTensor> wanted = read_pth(kPython);
  size_t refused = 0;
  for (size_t i = 0; i < whole.size(); i += 5) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x11);
    spill(folder_ / "w.pth", bytes);
    try {
      const std::vector<RawTensor> read = read_pth(folder_ / "w.pth");
      ASSERT_EQ(read.size(), wanted.size()) << i;
      for (size_t k = 0; k < read.size(); ++k) EXPECT_EQ(read[k].bytes, wanted[k].bytes) << i;
    } catch (const core::DataError&) {
      ++refused;
    }
  }
  // The others lie in the zip's padding, dates and names of members that are not looked at.
  EXPECT_GT(refused, whole.size() / 5 / 3);
}

TEST_F(Readers, PthOfSomethingElseIsRefused) {
  spill(folder_ / "w.pth", "PK but no archive");
  EXPECT_THAT(message_of<core::DataError>([&] { read_pth(folder_ / "w.pth"); }),
              HasSubstr("no zip archive"));
}

TEST_F(Readers, SafetensorsOfThreeLines) {
  const std::string header = R"({"__metadata__":{"a":"b"},"x":{"dtype":"F16","shape":[2],)"
                             R"("data_offsets":[0,4]}})";
  spill(folder_ / "w", raw_safetensors(header, "abcd", header.size()));
  const std::vector<RawTensor> read = read_plain_safetensors(folder_ / "w");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].name, "x");
  EXPECT_EQ(read[0].dtype, "F16");
  EXPECT_EQ(read[0].sizes, std::vector<int64_t>{2});
  EXPECT_EQ(read[0].bytes, "abcd");
  spill(folder_ / "w", raw_safetensors(header, "abc", header.size()));
  EXPECT_THROW(read_plain_safetensors(folder_ / "w"), core::DataError);
  spill(folder_ / "w", raw_safetensors("{", "", 1));
  EXPECT_THROW(read_plain_safetensors(folder_ / "w"), core::DataError);
}

}  // namespace
}  // namespace train_backbone::io
