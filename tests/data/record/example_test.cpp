#include "train_backbone/data/record/example.h"

#include <gtest/gtest.h>

#include "example.pb.h"
#include "record_files.h"
#include "train_backbone/data/record/example_writer.h"

namespace train_backbone::data {
namespace {

// Wire format by hand: fields shorter than 128 bytes.
std::string field(int number, const std::string& bytes) {
  EXPECT_LT(bytes.size(), 128U);
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string entry(const std::string& key, const std::string& feature) {
  return field(1, field(1, key) + field(2, feature));
}
std::string bytes_feature(const std::string& value) { return field(1, field(1, value)); }
std::string packed_label(const std::string& varints) { return field(3, field(1, varints)); }
std::string example_of(const std::string& features) { return field(1, features); }

const std::string kLabelKey = "image/class/label";
const std::string kPicture = entry("image/encoded", bytes_feature("picture"));

// The label in an Example that holds `features` beside the picture.
std::optional<int64_t> label_of(const std::string& features) {
  const std::string bytes = example_of(kPicture + features);
  const auto view = parse_example(as_bytes(bytes));
  EXPECT_TRUE(view.has_value());
  if (!view) return {};
  EXPECT_EQ(as_string(view->encoded), "picture");
  proto::Example oracle;
  EXPECT_TRUE(oracle.ParseFromString(bytes));
  const auto& map = oracle.features().feature();
  const auto found = map.find(kLabelKey);
  if (found == map.end() || found->second.int64_list().value().empty()) {
    EXPECT_EQ(view->label, std::nullopt);
  } else {
    const auto& values = found->second.int64_list().value();
    EXPECT_EQ(view->label, values.Get(values.size() - 1));
  }
  return view->label;
}

TEST(ParseExample, PackedAndUnpackedLabelsAreRead) {
  EXPECT_EQ(label_of(entry(kLabelKey, packed_label("\x07"))), 7);
  EXPECT_EQ(label_of(entry(kLabelKey, field(3, "\x08\x07"))), 7);
  EXPECT_EQ(label_of(entry(kLabelKey, packed_label("\xE8\x07"))), 1000);
  EXPECT_EQ(label_of(entry(kLabelKey, packed_label(std::string(9, '\xFF') + "\x01"))), -1);
}

TEST(ParseExample, LastOfSeveralValuesIsTaken) {
  EXPECT_EQ(label_of(entry(kLabelKey, packed_label("\x01\x02\x03"))), 3);
  EXPECT_EQ(label_of(entry(kLabelKey, field(3, "\x08\x01\x08\x02" + field(1, "\x09")))), 9);
}

TEST(ParseExample, LastOfRepeatedKeysWinsWhateverItHolds) {
  const std::string first = entry(kLabelKey, packed_label("\x01"));
  EXPECT_EQ(label_of(first + entry(kLabelKey, packed_label("\x02"))), 2);
  EXPECT_EQ(label_of(first + entry(kLabelKey, field(3, ""))), std::nullopt);
  EXPECT_EQ(label_of(first + entry(kLabelKey, bytes_feature("x"))), std::nullopt);
  EXPECT_EQ(label_of(first + entry(kLabelKey, "")), std::nullopt);
}

TEST(ParseExample, LastKindOfOneFeatureWins) {
  EXPECT_EQ(label_of(entry(kLabelKey, bytes_feature("x") + packed_label("\x05"))), 5);
  EXPECT_EQ(label_of(entry(kLabelKey, packed_label("\x05") + bytes_feature("x"))), std::nullopt);
  EXPECT_EQ(label_of(entry(kLabelKey, packed_label("\x05") + field(2, ""))), std::nullopt);
}

TEST(ParseExample, ValueBeforeItsKeyIsRead) {
  EXPECT_EQ(label_of(field(1, field(2, packed_label("\x05")) + field(1, kLabelKey))), 5);
}

TEST(ParseExample, MissingKeysAreEmptyNotWrong) {
  EXPECT_EQ(label_of(""), std::nullopt);
  const auto view = parse_example({});
  ASSERT_TRUE(view.has_value());
  EXPECT_TRUE(view->encoded.empty());
  EXPECT_TRUE(view->filename.empty());
  EXPECT_FALSE(view->label.has_value());
}

TEST(ParseExample, UnknownFeaturesAndFieldsArePassedOver) {
  const std::string label = entry(kLabelKey, packed_label("\x05"));
  const std::string floats = entry("image/object/bbox/xmin", field(2, field(1, "abcdefgh")));
  const std::string unknown_fields = std::string("\x48\x01", 2) +  // 9: varint
                                     std::string("\x51\x01\x02\x03\x04\x05\x06\x07\x08", 9) +
                                     std::string("\x5D\x01\x02\x03\x04", 5) +  // 11: 32 bits
                                     std::string("\x63\x08\x01\x64", 4) +      // 12: group
                                     field(13, "bytes");
  EXPECT_EQ(label_of(floats + label), 5);
  EXPECT_EQ(label_of(unknown_fields + label + unknown_fields), 5);
  EXPECT_EQ(label_of(entry(kLabelKey, unknown_fields + packed_label("\x05"))), 5);
  const auto view = parse_example(as_bytes(unknown_fields + example_of(kPicture + label)));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->label, 5);
}

TEST(ParseExample, ViewsPointIntoTheBytes) {
  const std::string bytes = example_of(kPicture + entry("image/filename", bytes_feature("a.JPEG")));
  const auto view = parse_example(as_bytes(bytes));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->filename, "a.JPEG");
  EXPECT_EQ(view->filename.data(), bytes.data() + bytes.find("a.JPEG"));
  EXPECT_EQ(reinterpret_cast<const char*>(view->encoded.data()),
            bytes.data() + bytes.find("picture"));
}

TEST(ParseExample, EveryCutIsNoExampleOrHoldsNothing) {
  const std::string bytes = example_of(kPicture + entry(kLabelKey, packed_label("\x05")));
  for (size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_FALSE(parse_example(as_bytes(bytes).first(length)).has_value()) << length;
  }
}

TEST(ParseExample, DamagedLengthsAndVarintsAreRefused) {
  const auto refused = [](const std::string& bytes) {
    return !parse_example(as_bytes(bytes)).has_value();
  };
  EXPECT_TRUE(refused("\x0A\x7F"));                                          // longer than the rest
  EXPECT_TRUE(refused("\x0A\xFF\xFF\xFF\xFF\x0F"));                          // 4 GiB
  EXPECT_TRUE(refused(example_of(entry(kLabelKey, packed_label("\x80")))));  // varint without end
  EXPECT_TRUE(refused(example_of(entry(kLabelKey, packed_label(std::string(11, '\x80'))))));
  EXPECT_TRUE(refused(std::string("\0", 1)));  // field 0
  EXPECT_TRUE(refused("\x0C"));                // the end of a group that did not begin
  EXPECT_TRUE(refused("\x0E"));                // no such wire type
}

TEST(WriteExample, GeneratedClassesReadAllKeysBack) {
  const std::string picture("\xFF\xD8\0\xFF\xD9", 5);
  const ExampleFields fields = {.height = 375,
                                .width = 500,
                                .colorspace = "RGB",
                                .channels = 3,
                                .label = 1000,
                                .synset = "n15075141",
                                .text = "toilet tissue",
                                .format = "JPEG",
                                .filename = "n15075141_7.JPEG",
                                .encoded = picture};
  std::string bytes = "old content";
  write_example(fields, bytes);
  proto::Example example;
  ASSERT_TRUE(example.ParseFromString(bytes));
  auto map = example.features().feature();
  const auto text = [&](const char* key) {
    const auto& values = map.at(key).bytes_list().value();
    EXPECT_EQ(values.size(), 1) << key;
    return values.Get(0);
  };
  const auto number = [&](const char* key) {
    const auto& values = map.at(key).int64_list().value();
    EXPECT_EQ(values.size(), 1) << key;
    return values.Get(0);
  };
  EXPECT_EQ(map.size(), 10U);
  EXPECT_EQ(number("image/height"), 375);
  EXPECT_EQ(number("image/width"), 500);
  EXPECT_EQ(number("image/channels"), 3);
  EXPECT_EQ(number("image/class/label"), 1000);
  EXPECT_EQ(text("image/colorspace"), "RGB");
  EXPECT_EQ(text("image/class/synset"), "n15075141");
  EXPECT_EQ(text("image/class/text"), "toilet tissue");
  EXPECT_EQ(text("image/format"), "JPEG");
  EXPECT_EQ(text("image/filename"), "n15075141_7.JPEG");
  EXPECT_EQ(text("image/encoded"), picture);
}

TEST(WriteExample, SameFieldsAreTheSameBytesInTheOrderOfTheKeys) {
  ExampleFields fields;
  fields.label = 7;
  fields.encoded = "picture";
  std::string first;
  write_example(fields, first);
  for (int again = 0; again < 20; ++again) {
    std::string second;
    write_example(fields, second);
    ASSERT_EQ(second, first);
  }
  size_t before = 0;
  for (const char* key : {"image/channels", "image/class/label", "image/class/synset",
                          "image/class/text", "image/colorspace", "image/encoded", "image/filename",
                          "image/format", "image/height", "image/width"}) {
    const size_t place = first.find(key);
    ASSERT_NE(place, std::string::npos) << key;
    EXPECT_GE(place, before) << key;
    before = place;
  }
}

TEST(WriteExample, ParseExampleReadsIt) {
  const std::string picture(100'000, '\xAB');
  ExampleFields fields;
  fields.label = -5;
  fields.filename = "a.JPEG";
  fields.encoded = picture;
  std::string bytes;
  write_example(fields, bytes);
  const auto view = parse_example(as_bytes(bytes));
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->label, -5);
  EXPECT_EQ(view->filename, "a.JPEG");
  EXPECT_EQ(as_string(view->encoded), picture);
}

}  // namespace
}  // namespace train_backbone::data
