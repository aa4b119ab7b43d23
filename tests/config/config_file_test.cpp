#include "config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::config {
namespace {

using testing::HasSubstr;

std::string text_of(const std::string& value) {
  return parse_config_text("a = " + value, "f.toml").at(0).text;
}

std::string refusal(const std::string& text) {
  return test::message_of<core::UsageError>([&] { parse_config_text(text, "f.toml"); });
}

TEST(ConfigFile, ValuesHaveSectionNameTextAndLine) {
  const auto values = parse_config_text(
      "# comment\n\nbatch-size = 64 # more\r\n[train]\nmodel = \"a\"\n[ validate ]\nmodel='b'",
      "f");
  ASSERT_EQ(values.size(), 3U);
  EXPECT_EQ(values[0].section, "");
  EXPECT_EQ(values[0].name, "batch_size");
  EXPECT_EQ(values[0].text, "64");
  EXPECT_EQ(values[0].line, 3U);
  EXPECT_EQ(values[1].section, "train");
  EXPECT_EQ(values[2].section, "validate");
  EXPECT_EQ(values[2].text, "b");
  EXPECT_EQ(values[2].line, 7U);
}

TEST(ConfigFile, TextsMeanWhatTomlSays) {
  EXPECT_EQ(text_of("\"a \\\"b\\\"\\\\c\\u000ad # no comment\""), "a \"b\"\\c\nd # no comment");
  EXPECT_EQ(text_of("'C:\\dir' # x"), "C:\\dir");
  EXPECT_EQ(text_of("\"\\u00e9\\u20ac\\U0001F600\""), "é€😀");
  EXPECT_EQ(text_of("\"\""), "");
  EXPECT_EQ(text_of("1_281_167"), "1281167");
  EXPECT_EQ(text_of("-1.5e-3"), "-1.5e-3");
  EXPECT_EQ(text_of("true"), "true");
}

TEST(ConfigFile, WhatHasNoMeaningIsRefusedWithItsLine) {
  EXPECT_THAT(refusal("a = 1\nb = cosine\n"),
              HasSubstr("f.toml:2: cosine: a text stands in quotes"));
  EXPECT_THAT(refusal("a = [1, 2]"), HasSubstr("f.toml:1: a list"));
  EXPECT_THAT(refusal("a"), HasSubstr("NAME = VALUE"));
  EXPECT_THAT(refusal("a ="), HasSubstr("the value is missing"));
  EXPECT_THAT(refusal("a = \"x"), HasSubstr("ends with \""));
  EXPECT_THAT(refusal("a = 'x"), HasSubstr("ends with '"));
  EXPECT_THAT(refusal("a = \"\\q\""), HasSubstr("unknown escape"));
  EXPECT_THAT(refusal("a = \"\\u12\""), HasSubstr("wrong \\u"));
  EXPECT_THAT(refusal("a = \"\\ud800\""), HasSubstr("wrong \\u"));
  EXPECT_THAT(refusal("a = \"\\\""), HasSubstr("ends with \""));
  EXPECT_THAT(refusal("a = 1 2"), HasSubstr("'2' is too much"));
  EXPECT_THAT(refusal("a.b = 1"), HasSubstr("no name of an option"));
  EXPECT_THAT(refusal("[a.b]"), HasSubstr("heading"));
  EXPECT_THAT(refusal("[a"), HasSubstr("ends with ]"));
  EXPECT_THAT(refusal("a = 1\na = 2"), HasSubstr("f.toml:2: a is given twice"));
  EXPECT_THAT(refusal("a = \"\"\"x\"\"\""), HasSubstr("several lines"));
}

TEST(ConfigFile, AMissingFileIsNamed) {
  EXPECT_THAT(test::message_of<core::DataError>([] { read_config_file("/no/such.toml"); }),
              HasSubstr("/no/such.toml"));
}

}  // namespace
}  // namespace train_backbone::config
