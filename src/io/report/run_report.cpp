#include "train_backbone/io/run_report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "io/report/html_text.h"
#include "io/report/report_numbers.h"
#include "io/report/svg_chart.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/line_file.h"

namespace train_backbone::io {
namespace {

constexpr size_t kMostEpochs = 400;
constexpr size_t kMostBadRecords = 500;

// The policy forbids whatever the page could fetch, should a value slip through after all.
constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { --ink: #1c2430; --soft: #5b6675; --rule: #d8dee6; --paper: #fff; --c0: #1668b8; --c1: #c2571a; --c2: #1d8a4e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --soft: #9aa5b4; --rule: #333c48; --paper: #14181e; --c0: #6cb4f5; --c1: #f0a06a; --c2: #67cf95; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
.soft, td.none { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.2rem 0; }
.tiles b { display: block; font-size: 1.4rem; font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr)); gap: 1rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
svg .title { fill: var(--ink); font-size: 13px; font-weight: 600; }
.grid { stroke: var(--rule); fill: none; } .line { fill: none; stroke-width: 1.6; }
path.line0 { stroke: var(--c0); } path.line1 { stroke: var(--c1); } path.line2 { stroke: var(--c2); }
.dot.line0, text.line0 { fill: var(--c0); } .dot.line1, text.line1 { fill: var(--c1); } .dot.line2, text.line2 { fill: var(--c2); }
.scroll { overflow: auto; max-height: 28rem; border: 1px solid var(--rule); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { position: sticky; top: 0; background: var(--paper); font-weight: 600; }
td.text, th.text { text-align: left; } pre { padding: .6rem; margin: 0; font-size: 13px; }
img { image-rendering: pixelated; max-width: 100%; min-width: 256px; }
</style>
)";

std::string cell(double value, int decimals, double factor = 1) {
  if (!std::isfinite(value)) return "<td class=\"none\">-</td>";
  return core::format("<td>{:.{}f}</td>", factor * value, decimals);
}

std::string tile(const std::string& value, std::string_view name) {
  return core::format("<div><b>{}</b>{}</div>", value, name);
}

std::string percent(double value) {
  return std::isfinite(value) ? core::format("{:.2f} %", value) : "-";
}

ChartLine line_of(const std::vector<ReportLine>& lines, std::string_view name, std::string shown,
                  double factor = 1) {
  ChartLine line{.name = std::move(shown), .points = {}};
  for (const ReportLine& numbers : lines) {
    const double x = numbers.at("epoch");
    if (std::isfinite(x)) line.points.emplace_back(x, factor * numbers.at(name));
  }
  return line;
}

std::string charts(const ReportNumbers& numbers) {
  const auto& [steps, epochs] = numbers;
  const std::vector<Chart> all{
      {.title = "Loss",
       .x_name = "epochs",
       .lines = {line_of(steps, "train_loss", "training"),
                 line_of(epochs, "validation_loss", "validation")}},
      {.title = "Accuracy, %",
       .x_name = "epochs",
       .lines = {line_of(epochs, "train_top1", "training top-1"),
                 line_of(epochs, "validation_top1", "validation top-1"),
                 line_of(epochs, "validation_top5", "validation top-5")}},
      {.title = "Pictures per second",
       .x_name = "epochs",
       .lines = {line_of(steps, "images_per_second", "img/s")},
       .from_zero = true},
      {.title = "Time spent waiting, %",
       .x_name = "epochs",
       .lines = {line_of(steps, "data_wait_share", "for data", 100),
                 line_of(steps, "reduce_wait_share", "for gradients", 100)},
       .from_zero = true},
      {.title = "Learning rate",
       .x_name = "epochs",
       .lines = {line_of(steps, "learning_rate", "learning rate")},
       .from_zero = true}};
  std::string html = "<h2>Curves</h2><div class=\"charts\">";
  for (const Chart& chart : all) html += svg_of(chart);
  return html + "</div>\n";
}

std::string tiles(const ReportNumbers& numbers) {
  double best = std::nan("");
  double best_epoch = 0;
  for (const ReportLine& epoch : numbers.epochs) {
    const double top1 = epoch.at("validation_top1");
    if (!std::isfinite(top1) || top1 <= best) continue;
    best = top1;
    best_epoch = epoch.at("epoch");
  }
  const ReportLine last = numbers.intervals.empty() ? ReportLine{} : numbers.intervals.back();
  const ReportLine last_epoch = numbers.epochs.empty() ? ReportLine{} : numbers.epochs.back();
  const double step = std::max(last.numbers.contains("step") ? last.at("step") : 0,
                               last_epoch.numbers.contains("step") ? last_epoch.at("step") : 0);
  std::string html = "<div class=\"tiles\">";
  html += tile(percent(best), std::isfinite(best)
                                  ? core::format("best validation top-1, epoch {}", best_epoch)
                                  : "best validation top-1");
  html += tile(percent(last_epoch.at("validation_top1")), "last validation top-1");
  html += tile(core::format("{:.0f}", step), "steps");
  const double speed = last_epoch.at("images_per_second");
  html += tile(std::isfinite(speed) ? core::format("{:.0f}", speed) : "-", "img/s, last epoch");
  const double wait = last_epoch.at("data_wait_share");
  html +=
      tile(std::isfinite(wait) ? core::format("{:.0f} %", 100 * wait) : "-", "waiting for data");
  return html + "</div>\n";
}

std::string epoch_table(const ReportNumbers& numbers) {
  if (numbers.epochs.empty()) return "";
  std::string html =
      "<h2>Epochs</h2><div class=\"scroll\"><table><tr><th>epoch<th>step<th>training loss"
      "<th>validation loss<th>top-1 %<th>top-5 %<th>img/s<th>data wait %<th>learning rate"
      "<th>seconds<th class=\"text\">bottleneck</tr>\n";
  const size_t skipped =
      numbers.epochs.size() > kMostEpochs ? numbers.epochs.size() - kMostEpochs : 0;
  for (size_t i = skipped; i < numbers.epochs.size(); ++i) {
    const ReportLine& epoch = numbers.epochs[i];
    html += "<tr>" + cell(epoch.at("epoch"), 0) + cell(epoch.at("step"), 0) +
            cell(epoch.at("train_loss"), 4) + cell(epoch.at("validation_loss"), 4) +
            cell(epoch.at("validation_top1"), 2) + cell(epoch.at("validation_top5"), 2) +
            cell(epoch.at("images_per_second"), 0) + cell(epoch.at("data_wait_share"), 0, 100) +
            cell(epoch.at("learning_rate"), 6) + cell(epoch.at("seconds"), 1) +
            core::format("<td class=\"text\">{}</td></tr>\n", escaped(epoch.bottleneck));
  }
  return html + "</table></div>\n";
}

std::string bad_records(const std::filesystem::path& path) {
  std::vector<std::string> lines = read_lines(path);
  if (!lines.empty()) lines.erase(lines.begin());  // the header
  if (lines.empty()) return "<h2>Damaged records</h2><p>None were met.</p>\n";
  std::string html = core::format(
      "<h2>Damaged records</h2><p>{} (step, split, shard, offset, reason)</p><div "
      "class=\"scroll\"><pre>",
      core::counted(lines.size(), "record"));
  for (size_t i = 0; i < std::min(lines.size(), kMostBadRecords); ++i) {
    html += escaped(lines[i]) + "\n";
  }
  if (lines.size() > kMostBadRecords) html += "... the rest stands in bad_records.csv\n";
  return html + "</pre></div>\n";
}

std::string environment(const ReportFacts& facts) {
  std::string html = "<h2>Environment</h2><div class=\"scroll\"><table>";
  for (const auto& [name, value] : facts.environment) {
    html += core::format("<tr><td class=\"text\">{}<td class=\"text\">{}</tr>\n", escaped(name),
                         escaped(value));
  }
  return html + "</table></div>\n";
}

std::string configuration(const std::filesystem::path& run_toml) {
  std::string text;
  for (const std::string& line : read_lines(run_toml)) text += line + "\n";
  return "<h2>Configuration and where each value came from</h2><div class=\"scroll\"><pre>" +
         escaped(text) + "</pre></div>\n";
}

std::string sample(const std::vector<uint8_t>& png) {
  if (png.empty()) return "";
  return core::format(
      "<h2>First pictures as the network sees them</h2><p class=\"soft\">after augmentation, "
      "before mixup</p><img alt=\"training pictures\" src=\"data:image/png;base64,{}\">\n",
      base64(png));
}

}  // namespace

void write_run_report(const RunDirectory& directory, const ReportFacts& facts) {
  const ReportNumbers numbers = read_report_numbers(directory.metrics_jsonl());
  std::string html(kHead);
  html += core::format("<title>{0}</title></head><body><h1>{0}</h1><p class=\"soft\">{1}</p>\n",
                       escaped(facts.title), escaped(directory.path().string()));
  html += tiles(numbers) + charts(numbers) + epoch_table(numbers) +
          bad_records(directory.bad_records()) + sample(facts.sample_png) + environment(facts) +
          configuration(directory.run_toml()) + "</body></html>\n";
  core::write_file_atomic(directory.report(), html);
}

}  // namespace train_backbone::io
