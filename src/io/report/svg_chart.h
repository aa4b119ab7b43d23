#pragma once

#include <string>
#include <utility>
#include <vector>

namespace train_backbone::io {

struct ChartLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x ascending; a y that is not finite is a gap
};

struct Chart {
  std::string title;
  std::string x_name;
  std::vector<ChartLine> lines;
  bool from_zero = false;  // the y axis begins at 0
};

// The chart as an inline SVG of fixed size: axes with round figures, grid, names of the lines in
// their colours (CSS classes line0, line1, ...). Many points are joined to their means, so that the
// text stays below about 20 KB per line. Empty without any finite point.
std::string svg_of(const Chart& chart);

// About `most` round values that span [low, high], with a step of 1, 2 or 5 x 10^n.
std::vector<double> round_ticks(double low, double high, int most);

}  // namespace train_backbone::io
