#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train_backbone/data/record/damaged_record.h"

namespace train_backbone::data {

// How many damaged records of a data set are borne: `option`, else 0.1 % of its records, but at
// least one.
uint64_t bad_record_budget(std::optional<int64_t> option, uint64_t records);

// The damaged records that a run has met, each named once: in a warning and, in a run's folder, in
// bad_records.csv (RFC 4180; step, split, shard, offset, reason), which is written anew, whole or
// not at all, with each batch that has some. A record is known again by split, name of the shard
// and offset. Not thread safe: all calls come from the thread that takes the batches, so that what
// is counted, and where the budget ends, does not depend on workers.
class BadRecords {
 public:
  // A data set is told apart by its `split` ("train"). Call before add().
  void set_budget(std::string_view split, uint64_t most);

  // Takes over what a run that is now resumed has met up to `last_step`: the lines of its list, if
  // there is one. Later lines are left out: their records are found again. Call before add().
  // Throws core::DataError for a file that is no such list, and for more lines than a budget.
  void go_on_from(const std::filesystem::path& list, int64_t last_step);

  // From now on the list is kept in `path`; one that is there is replaced.
  void keep_in(std::filesystem::path path);

  // Names those of `damaged` that are new, under the step that needed them.
  // Throws core::DataError, naming the record and --max_bad_records, once the split has more than
  // its budget.
  void add(std::string_view split, int64_t step, const std::vector<DamagedRecord>& damaged);

  [[nodiscard]] uint64_t count(std::string_view split) const;
  // Of all splits.
  [[nodiscard]] uint64_t count() const { return rows_.size(); }

 private:
  struct Row {
    int64_t step = 0;
    std::string split;
    std::string shard;  // name of the file
    uint64_t offset = 0;
    std::string reason;
  };
  using Key = std::pair<std::string, uint64_t>;  // shard, offset

  static std::optional<Row> parse_row(std::string_view line);
  bool remember(Row row);
  void write() const;
  [[noreturn]] void refuse(std::string_view split, const DamagedRecord& last) const;

  std::filesystem::path path_;  // empty: kept nowhere
  std::vector<Row> rows_;
  std::map<std::string, std::set<Key>, std::less<>> known_;
  std::map<std::string, uint64_t, std::less<>> budgets_;
};

}  // namespace train_backbone::data
