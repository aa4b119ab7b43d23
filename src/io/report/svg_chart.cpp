#include "io/report/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/report/html_text.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

constexpr double kWidth = 560;
constexpr double kHeight = 260;
constexpr double kLeft = 62;
constexpr double kRight = 14;
constexpr double kTop = 34;
constexpr double kBottom = 40;
constexpr size_t kMostPoints = 500;
constexpr int kMostTicks = 6;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] bool empty() const { return low > high; }
  // A single value gets room around it.
  void widen() {
    if (high > low) return;
    const double room = low == 0 ? 1 : std::abs(low) / 10;
    low -= room;
    high += room;
  }
  [[nodiscard]] double place(double value) const { return (value - low) / (high - low); }
};

// Neighbours joined to their mean.
ChartLine thinned(const ChartLine& line) {
  if (line.points.size() <= kMostPoints) return line;
  ChartLine thin{.name = line.name, .points = {}};
  const size_t group = (line.points.size() + kMostPoints - 1) / kMostPoints;
  for (size_t at = 0; at < line.points.size(); at += group) {
    double x = 0;
    double y = 0;
    double count = 0;
    for (size_t i = at; i < std::min(at + group, line.points.size()); ++i) {
      if (!std::isfinite(line.points[i].second)) continue;
      x += line.points[i].first;
      y += line.points[i].second;
      ++count;
    }
    if (count > 0) thin.points.emplace_back(x / count, y / count);
  }
  return thin;
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {
    for (const ChartLine& line : chart.lines) {
      lines_.push_back(thinned(line));
      for (const auto& [x, y] : lines_.back().points) {
        if (!std::isfinite(y)) continue;
        x_.add(x);
        y_.add(y);
      }
    }
    if (empty()) return;
    if (chart.from_zero) y_.add(0);
    x_.widen();
    y_.widen();
  }

  [[nodiscard]] bool empty() const { return x_.empty(); }

  std::string svg() {
    svg_ = core::format(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">"
        "<text class=\"title\" x=\"{}\" y=\"16\">{}</text>",
        kWidth, kHeight, escaped(chart_.title), kLeft, escaped(chart_.title));
    draw_axes();
    for (size_t i = 0; i < lines_.size(); ++i) draw_line(lines_[i], i);
    draw_names();
    return svg_ + "</svg>\n";
  }

 private:
  [[nodiscard]] double left_of(double x) const {
    return kLeft + x_.place(x) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double top_of(double y) const {
    return kTop + (1 - y_.place(y)) * (kHeight - kTop - kBottom);
  }

  void draw_axes() {
    const double bottom = kHeight - kBottom;
    for (const double y : round_ticks(y_.low, y_.high, kMostTicks)) {
      svg_ += core::format(
          "<path class=\"grid\" d=\"M{} {:.1f}H{}\"/><text class=\"tick\" x=\"{}\" y=\"{:.1f}\" "
          "text-anchor=\"end\">{:.6g}</text>",
          kLeft, top_of(y), kWidth - kRight, kLeft - 6, top_of(y) + 4, y);
    }
    for (const double x : round_ticks(x_.low, x_.high, kMostTicks)) {
      svg_ += core::format(
          "<path class=\"grid\" d=\"M{:.1f} {}V{}\"/><text class=\"tick\" x=\"{:.1f}\" y=\"{}\" "
          "text-anchor=\"middle\">{:.6g}</text>",
          left_of(x), kTop, bottom, left_of(x), bottom + 16, x);
    }
    svg_ += core::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                         kWidth - kRight, kHeight - 6, escaped(chart_.x_name));
  }

  void draw_line(const ChartLine& line, size_t number) {
    std::string path;
    bool pen_down = false;
    size_t drawn = 0;
    for (const auto& [x, y] : line.points) {
      if (!std::isfinite(y)) {
        pen_down = false;
        continue;
      }
      path += core::format("{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', left_of(x), top_of(y));
      pen_down = true;
      ++drawn;
    }
    svg_ += core::format("<path class=\"line line{}\" d=\"{}\"/>", number, path);
    constexpr size_t kFew = 40;  // single points would not show as lines
    if (drawn > kFew) return;
    for (const auto& [x, y] : line.points) {
      if (!std::isfinite(y)) continue;
      svg_ += core::format("<circle class=\"dot line{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>",
                           number, left_of(x), top_of(y));
    }
  }

  void draw_names() {
    if (lines_.size() < 2) return;
    double right = kWidth - kRight;
    constexpr double kCharacter = 6.6;
    for (size_t i = lines_.size(); i-- > 0;) {
      svg_ += core::format(
          "<text class=\"name line{}\" x=\"{:.1f}\" y=\"16\" text-anchor=\"end\">{}</text>", i,
          right, escaped(lines_[i].name));
      right -= kCharacter * static_cast<double>(lines_[i].name.size()) + 14;
    }
  }

  const Chart& chart_;
  std::vector<ChartLine> lines_;
  Range x_;
  Range y_;
  std::string svg_;
};

}  // namespace

std::string svg_of(const Chart& chart) {
  Drawing drawing(chart);
  return drawing.empty() ? "" : drawing.svg();
}

std::vector<double> round_ticks(double low, double high, int most) {
  const double rough = (high - low) / most;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const double slack = step * 1e-6;
  for (double number = std::ceil((low - slack) / step); number * step <= high + slack; ++number) {
    ticks.push_back(number == 0 ? 0 : number * step);
  }
  return ticks;
}

}  // namespace train_backbone::io
