#include "train_backbone/core/terminal.h"

#include <gtest/gtest.h>

namespace train_backbone::core {
namespace {

TEST(Terminal, ColoursStandAroundTheText) {
  EXPECT_EQ(coloured("bad", Colour::kRed, true), "\x1b[31mbad\x1b[0m");
  EXPECT_EQ(coloured("bad", Colour::kRed, false), "bad");
}

TEST(Terminal, LongLinesBreakBetweenWords) {
  EXPECT_EQ(wrapped("one two three four", 9, 2), "one two\n  three\n  four");
  EXPECT_EQ(wrapped("one two", 7, 2), "one two");
  EXPECT_EQ(wrapped("  one two\nthree four\n", 8, 3), "  one\n   two\nthree\n   four\n");
  EXPECT_EQ(wrapped("a   b   c", 6, 0), "a   b\nc");
  EXPECT_EQ(wrapped("ab /a/long/path cd", 6, 1), "ab\n /a/long/path\n cd");
  EXPECT_EQ(wrapped("   /a/long/path cd", 6, 1), "   /a/long/path\n cd");
  EXPECT_EQ(wrapped("äö üß", 5, 1), "äö üß");
  EXPECT_EQ(wrapped("", 5, 1), "");
}

TEST(Terminal, ColoursTakeNoColumns) {
  EXPECT_EQ(wrapped("\x1b[31mone\x1b[0m two", 7, 1), "\x1b[31mone\x1b[0m two");
  EXPECT_EQ(wrapped("\x1b[31mone\x1b[0m two", 6, 1), "\x1b[31mone\x1b[0m\n two");
}

TEST(Terminal, WithoutATerminalThereAreNone) {
  if (writes_to_terminal()) return;  // a person runs this test alone
  EXPECT_EQ(coloured("bad", Colour::kRed), "bad");
  const std::string line(200, ' ');
  EXPECT_EQ(fit_terminal(line + "x", 2), line + "x");
}

}  // namespace
}  // namespace train_backbone::core
