#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::data {

// One line of RFC 4180, without its end. Line breaks in a field become spaces, so that a line is a
// record.
std::string join_fields(const std::vector<std::string>& fields);

// The fields of such a line; nothing when its quotes do not fit.
std::optional<std::vector<std::string>> split_fields(std::string_view line);

}  // namespace train_backbone::data
