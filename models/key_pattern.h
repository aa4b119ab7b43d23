#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Patterns for the names of tensors. Plain characters stand for themselves, and
//   #  for a number
//   ^  for a number that is one higher than ours
//   %  for scale, shift, mean or variance of a normalisation, as the naming spells them
//   *  for all that follows
namespace train_backbone::models {

// Spellings of scale, shift, mean, variance.
using NormLeaves = std::array<std::string_view, 4>;
inline constexpr NormLeaves kTorchLeaves{"weight", "bias", "running_mean", "running_var"};

// What the placeholders stand for, in order and in our terms: the number (^: less one), the index
// in the leaves, the rest. Nothing when the key does not fit.
std::optional<std::vector<std::string>> match_key(std::string_view pattern, std::string_view key,
                                                  const NormLeaves& leaves);

// The key of a pattern with as many placeholders of the same kinds (# and ^ count as one kind).
std::string fill_key(std::string_view pattern, const std::vector<std::string>& parts,
                     const NormLeaves& leaves);

}  // namespace train_backbone::models
