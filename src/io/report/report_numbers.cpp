#include "io/report/report_numbers.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "train_backbone/io/line_file.h"

namespace train_backbone::io {

double ReportLine::at(std::string_view name) const {
  const auto found = numbers.find(name);
  return found == numbers.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

ReportNumbers read_report_numbers(const std::filesystem::path& metrics_jsonl) {
  ReportNumbers all;
  for (const std::string& text : read_lines(metrics_jsonl)) {
    const auto object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object()) continue;
    ReportLine line;
    for (const auto& [name, value] : object.items()) {
      if (value.is_number()) line.numbers[name] = value.get<double>();
    }
    if (object.contains("bottleneck") && object["bottleneck"].is_string()) {
      line.bottleneck = object["bottleneck"].get<std::string>();
    }
    const auto kind = object.find("kind");
    const bool of_epoch = kind != object.end() && *kind == "epoch";
    (of_epoch ? all.epochs : all.intervals).push_back(std::move(line));
  }
  return all;
}

}  // namespace train_backbone::io
