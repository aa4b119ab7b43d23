#include "train_backbone/data/batch/bad_records.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "data/batch/csv_fields.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::data {
namespace {

constexpr std::string_view kHeader = "step,split,shard,offset,reason";
constexpr size_t kColumns = 5;

template <class Number>
bool parse_all(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);  // as a spreadsheet saves it
  return line;
}

[[noreturn]] void refuse_line(const std::filesystem::path& path, std::string_view line) {
  throw core::DataError(path, core::format("'{}' does not belong into a list of bad records ({}); "
                                           "move the file away to go on",
                                           line, kHeader));
}

}  // namespace

uint64_t bad_record_budget(std::optional<int64_t> option, uint64_t records) {
  constexpr uint64_t kOneIn = 1000;
  if (option) return static_cast<uint64_t>(*option);
  return std::max<uint64_t>(1, records / kOneIn);
}

void BadRecords::set_budget(std::string_view split, uint64_t most) {
  budgets_[std::string(split)] = most;
}

void BadRecords::go_on_from(const std::filesystem::path& list, int64_t last_step) {
  if (!is_there(list)) return;
  const std::string file = core::read_file(list);
  std::string_view text = file;
  if (const auto first = take_line(text); first != kHeader) refuse_line(list, first);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    std::optional<Row> row = parse_row(line);
    if (!row) refuse_line(list, line);
    if (row->step <= last_step) remember(std::move(*row));
  }
  for (const auto& [split, most] : budgets_) {
    if (count(split) <= most) continue;
    throw core::DataError(list, core::format("the run has met {} damaged records of {} already, "
                                             "more than --max_bad_records {}",
                                             count(split), split, most));
  }
}

void BadRecords::keep_in(std::filesystem::path path) {
  path_ = std::move(path);
  if (is_there(path_) || !rows_.empty()) write();
}

std::optional<BadRecords::Row> BadRecords::parse_row(std::string_view line) {
  auto fields = split_fields(line);
  Row row;
  if (!fields || fields->size() != kColumns || !parse_all((*fields)[0], row.step) ||
      !parse_all((*fields)[3], row.offset)) {
    return std::nullopt;
  }
  row.split = std::move((*fields)[1]);
  row.shard = std::move((*fields)[2]);
  row.reason = std::move((*fields)[4]);
  return row;
}

void BadRecords::add(std::string_view split, int64_t step,
                     const std::vector<DamagedRecord>& damaged) {
  const uint64_t known = rows_.size();
  const DamagedRecord* too_many = nullptr;
  const auto budget = budgets_.find(split);
  for (const DamagedRecord& record : damaged) {
    if (!remember({.step = step,
                   .split = std::string(split),
                   .shard = record.shard.filename().string(),
                   .offset = record.offset,
                   .reason = record.reason})) {
      continue;
    }
    core::log_warning("damaged record: {} at byte {}: {}", record.shard.string(), record.offset,
                      record.reason);
    if (budget == budgets_.end() || count(split) <= budget->second) continue;
    too_many = &record;
    break;
  }
  if (!path_.empty() && rows_.size() > known) write();
  if (too_many != nullptr) refuse(split, *too_many);
}

uint64_t BadRecords::count(std::string_view split) const {
  const auto found = known_.find(split);
  return found == known_.end() ? 0 : found->second.size();
}

// False for one that is known.
bool BadRecords::remember(Row row) {
  if (!known_[row.split].emplace(row.shard, row.offset).second) return false;
  rows_.push_back(std::move(row));
  return true;
}

void BadRecords::write() const {
  std::string text = core::format("{}\n", kHeader);
  for (const Row& row : rows_) {
    text += join_fields({core::format("{}", row.step), row.split, row.shard,
                         core::format("{}", row.offset), row.reason}) +
            '\n';
  }
  core::write_file_atomic(path_, text);
}

void BadRecords::refuse(std::string_view split, const DamagedRecord& last) const {
  throw core::DataError(
      last.shard, last.offset,
      core::format("{}. With it the damaged records of {} are {}, more than --max_bad_records {}; "
                   "`train_backbone inspect {}` looks at the checksums of all shards",
                   last.reason, split, count(split), budgets_.find(split)->second,
                   last.shard.parent_path().string()));
}

}  // namespace train_backbone::data
