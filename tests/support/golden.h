#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace train_backbone::test {

// A JSON file below tests/golden.
inline nlohmann::json read_golden(const std::string& path) {
  std::ifstream file(std::string(TB_GOLDEN_DIR) + "/" + path);
  if (!file) throw std::runtime_error("no golden file " + path);
  return nlohmann::json::parse(file);
}

}  // namespace train_backbone::test
