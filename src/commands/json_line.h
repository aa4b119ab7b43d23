#pragma once

#include <nlohmann/json.hpp>

namespace train_backbone::commands {

// The last line of a command's output: one JSON object, keys in the order given. Bytes that are not
// UTF-8 (file names) are replaced.
void print_json_line(const nlohmann::ordered_json& object);

}  // namespace train_backbone::commands
