#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::core {

// Lower case without '_' and '-': "ResNet50-V1b" and "resnet50v1_b" are one name.
std::string fold_name(std::string_view name);

// The known names nearest to `name` by edit distance on folded names, nearest first; none when
// nothing is near.
std::vector<std::string> closest_names(std::string_view name, const std::vector<std::string>& known,
                                       size_t most = 3);

// "unknown KIND 'NAME'; did you mean 'A' or 'B'?", or the whole list when nothing is near.
std::string unknown_name_message(std::string_view kind, std::string_view name,
                                 const std::vector<std::string>& known);

}  // namespace train_backbone::core
