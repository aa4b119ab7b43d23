#pragma once

#include <string_view>
#include <vector>

namespace train_backbone::models {

// A file of models/keys, named from there; put into the program when it is built.
struct KeyText {
  std::string_view name;
  std::string_view text;
};

const std::vector<KeyText>& key_texts();

}  // namespace train_backbone::models
