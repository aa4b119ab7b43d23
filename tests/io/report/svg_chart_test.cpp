#include "io/report/svg_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace train_backbone::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(RoundTicks, AreRoundAndSpanTheRange) {
  EXPECT_THAT(round_ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(round_ticks(-1, 1, 4), ElementsAre(-1, -0.5, 0, 0.5, 1));
  EXPECT_THAT(round_ticks(1.2e6, 3.4e6, 3), ElementsAre(2e6, 3e6));
  for (const double high : {1e-9, 0.03, 7.7, 1e12}) {
    const auto ticks = round_ticks(0, high, 6);
    EXPECT_GE(ticks.size(), 3U) << high;
    EXPECT_LE(ticks.size(), 8U) << high;
  }
}

TEST(Svg, DrawsALineWithAGapWhereAValueIsMissing) {
  const Chart chart{.title = "Loss",
                    .x_name = "epochs",
                    .lines = {{.name = "a", .points = {{0, 1}, {1, 2}, {2, NAN}, {3, 0}}}}};
  const std::string svg = svg_of(chart);
  EXPECT_THAT(svg, HasSubstr("M62.0 127.0L223.3 34.0M546.0 220.0"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, HasSubstr("epochs"));
}

TEST(Svg, NamesAreEscaped) {
  const Chart chart{.title = "<a&b>", .x_name = "\"", .lines = {{.name = "n", .points = {{0, 0}}}}};
  EXPECT_THAT(svg_of(chart), HasSubstr("&lt;a&amp;b&gt;"));
  EXPECT_THAT(svg_of(chart), Not(HasSubstr("<a&b>")));
}

TEST(Svg, ManyPointsAreJoined) {
  Chart chart{.title = "t", .x_name = "x", .lines = {{.name = "n", .points = {}}}};
  for (int i = 0; i < 100'000; ++i) chart.lines[0].points.emplace_back(i, std::sin(i / 1e4));
  EXPECT_LT(svg_of(chart).size(), 20'000U);
}

TEST(Svg, WithoutANumberThereIsNone) {
  EXPECT_EQ(svg_of({.title = "t", .x_name = "x", .lines = {}}), "");
  EXPECT_EQ(svg_of({.title = "t", .x_name = "x", .lines = {{.name = "n", .points = {{1, NAN}}}}}),
            "");
}

}  // namespace
}  // namespace train_backbone::io
