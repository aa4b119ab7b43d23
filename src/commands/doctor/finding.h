#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::commands {

enum class FindingLevel { kOk, kWarning, kError };

// What one check of `doctor` found.
struct Finding {
  FindingLevel level = FindingLevel::kOk;
  std::string check;   // one word: "shm"
  std::string text;    // what is there, with figures
  std::string advice;  // what to do; empty when ok
  bool of_data = false;
  std::string where;  // "rank 3 (host)", empty for the first rank

  bool operator==(const Finding&) const = default;
};

std::string_view level_name(FindingLevel level);  // "ok", "warning", "error"

Finding ok(std::string check, std::string text);
Finding warning(std::string check, std::string text, std::string advice);
Finding error(std::string check, std::string text, std::string advice);
// About shards: an error is one of the data.
Finding of_data(Finding finding);

// 0 without errors, 3 with one about data, 4 with others only.
int exit_code_of(const std::vector<Finding>& findings);

// "12.3 GiB", "64 MiB".
std::string bytes_text(double bytes);

}  // namespace train_backbone::commands
