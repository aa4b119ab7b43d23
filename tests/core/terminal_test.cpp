#include "train_backbone/core/terminal.h"

#include <gtest/gtest.h>

namespace train_backbone::core {
namespace {

TEST(Terminal, ColoursStandAroundTheText) {
  EXPECT_EQ(coloured("bad", Colour::kRed, true), "\x1b[31mbad\x1b[0m");
  EXPECT_EQ(coloured("bad", Colour::kRed, false), "bad");
}

TEST(Terminal, WithoutATerminalThereAreNone) {
  if (writes_to_terminal()) return;  // a person runs this test alone
  EXPECT_EQ(coloured("bad", Colour::kRed), "bad");
}

}  // namespace
}  // namespace train_backbone::core
