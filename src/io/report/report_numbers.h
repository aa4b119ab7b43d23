#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace train_backbone::io {

// Lines of metrics.jsonl. What is null or missing there is not in `numbers`.
struct ReportLine {
  std::map<std::string, double, std::less<>> numbers;
  std::string bottleneck;  // of an epoch

  // NaN where there is none.
  [[nodiscard]] double at(std::string_view name) const;
};

struct ReportNumbers {
  std::vector<ReportLine> intervals;
  std::vector<ReportLine> epochs;
};

// Lines that are no JSON objects are left out.
ReportNumbers read_report_numbers(const std::filesystem::path& metrics_jsonl);

}  // namespace train_backbone::io
