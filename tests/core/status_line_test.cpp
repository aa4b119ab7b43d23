#include "train_backbone/core/status_line.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace train_backbone::core {
namespace {

using std::chrono::milliseconds;

TEST(StatusLine, WritesPlainLinesAtIntervalsWhereThereIsNoTerminal) {
  testing::internal::CaptureStdout();
  StatusLine line(false, milliseconds(50));
  EXPECT_FALSE(line.due());
  std::this_thread::sleep_for(milliseconds(60));
  EXPECT_TRUE(line.due());
  line.show("one");
  EXPECT_FALSE(line.due());
  line.clear();
  line.finish("two");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "one\ntwo\n");
}

TEST(StatusLine, QuietWritesNothing) {
  testing::internal::CaptureStdout();
  StatusLine line(true, milliseconds(0));
  EXPECT_FALSE(line.due());
  line.show("one");
  line.finish("two");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(StatusLine, ColumnsAreCharactersNotBytes) {
  EXPECT_EQ(first_columns("abcdef", 3), "abc");
  EXPECT_EQ(first_columns("abc", 3), "abc");
  EXPECT_EQ(first_columns("äöü", 2), "äö");
  EXPECT_EQ(first_columns("", 2), "");
}

TEST(StatusLine, NarrowTerminalsGetWholeParts) {
  const std::string_view line = "10 % left, loss 2.25, 12 img/s";
  EXPECT_EQ(whole_parts(line, 30), line);
  EXPECT_EQ(whole_parts(line, 29), "10 % left, loss 2.25");
  EXPECT_EQ(whole_parts(line, 21), "10 % left, loss 2.25");
  EXPECT_EQ(whole_parts(line, 20), "10 % left, loss 2.25");
  EXPECT_EQ(whole_parts(line, 19), "10 % left");
  EXPECT_EQ(whole_parts(line, 4), "10 %");
}

TEST(StatusLine, TimesAreClocksAndDays) {
  EXPECT_EQ(clock_text(0), "0:00:00");
  EXPECT_EQ(clock_text(3723.4), "1:02:03");
  EXPECT_EQ(clock_text(86399.4), "23:59:59");
  EXPECT_EQ(clock_text(2 * 86400 + 3 * 3600 + 4 * 60 + 5), "2d 03:04:05");
  EXPECT_EQ(clock_text(86400 + 12 * 3600), "1d 12:00:00");
  EXPECT_EQ(clock_text(std::numeric_limits<double>::quiet_NaN()), "-:--:--");
  EXPECT_EQ(clock_text(-5), "0:00:00");
}

}  // namespace
}  // namespace train_backbone::core
