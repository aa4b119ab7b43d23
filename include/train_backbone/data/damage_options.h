#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::data {

// What is done about damaged records; a part of the options of every command that reads shards.
struct DamageOptions {
  std::string on_bad_record = "fail";      // fail | skip
  std::optional<int64_t> max_bad_records;  // with skip; not given: 0.1 % of a data set, at least 1

  [[nodiscard]] bool skip() const { return on_bad_record == "skip"; }
  void visit(core::OptionVisitor& visitor);
  // Throws core::UsageError for a budget without skip, which would count nothing.
  void check() const;
};

}  // namespace train_backbone::data
