#include "train_backbone/models/key_map.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "models/key_pattern.h"
#include "models/key_table.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::models {
namespace {

constexpr std::array<std::string_view, 7> kNamingNames{
    "timm", "torchvision", "mmdet", "mmpretrain", "detectron2", "darknet", "keras"};

bool applies(const KeyRow& row, const KeyTraits& traits) {
  switch (row.needs) {
    case KeyRow::Needs::kNothing:
      return true;
    case KeyRow::Needs::kPlainStem:
      return !traits.deep_stem;
    case KeyRow::Needs::kDeepStem:
      return traits.deep_stem;
    case KeyRow::Needs::kPlainShortcut:
      return !traits.pooled_shortcut;
    case KeyRow::Needs::kPooledShortcut:
      return traits.pooled_shortcut;
  }
  return false;
}

NormLeaves leaves_of(Naming naming) {
  return naming == Naming::kKeras ? kKerasLeaves : kTorchLeaves;
}

// Layers of darknet53.cfg: 0 is the stem; a stage has a strided convolution and, per block, two
// convolutions and a shortcut.
std::optional<int> darknet_layer(const std::vector<std::string>& numbers) {
  constexpr std::array kStageBegin{1, 5, 12, 37, 62};
  constexpr int kBlockLayers = 3;
  if (numbers.empty()) return 0;
  const size_t stage = std::stoul(numbers[0]);
  if (stage >= kStageBegin.size()) return std::nullopt;
  if (numbers.size() == 1) return kStageBegin[stage];
  return kStageBegin[stage] + kBlockLayers * std::stoi(numbers[1]) + std::stoi(numbers[2]);
}

std::optional<std::string> darknet_key(std::string_view key) {
  for (const KeyRow& row : kDarknetRows) {
    auto parts = match_key(row.own, key, kTorchLeaves);
    if (!parts) continue;
    std::string array(row.foreign);
    if (array == "%") {
      array = kDarknetLeaves.at(std::stoul(parts->back()));
      parts->pop_back();
    }
    const std::optional<int> layer = darknet_layer(*parts);
    return layer ? std::optional(std::to_string(*layer) + "." + array) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> naming_names() { return {kNamingNames.begin(), kNamingNames.end()}; }

std::string_view naming_name(Naming naming) { return kNamingNames.at(static_cast<size_t>(naming)); }

Naming parse_naming(std::string_view name) {
  for (size_t i = 0; i < kNamingNames.size(); ++i) {
    if (core::fold_name(kNamingNames[i]) == core::fold_name(name)) return static_cast<Naming>(i);
  }
  throw core::UsageError(core::unknown_name_message("target", name, naming_names()));
}

KeyTraits key_traits(std::string_view model, bool original) {
  constexpr std::string_view kResNet = "resnet";
  if (model.starts_with("hrnet")) return {.family = KeyTraits::Family::kHRNet};
  if (model.starts_with("darknet")) return {.family = KeyTraits::Family::kDarkNet};
  if (!model.starts_with(kResNet)) {
    throw core::Error(core::ExitCode::kInternal,
                      "no key table for model '" + std::string(model) + "'");
  }
  KeyTraits traits;
  std::from_chars(model.data() + kResNet.size(), model.data() + model.size(), traits.depth);
  traits.deep_stem = !model.ends_with("_b");
  traits.pooled_shortcut = model.ends_with("_d") && !original;
  return traits;
}

std::vector<Naming> namings_of(const KeyTraits& traits) {
  if (traits.family == KeyTraits::Family::kHRNet) {
    return {Naming::kTimm, Naming::kMmdet, Naming::kMmpretrain};
  }
  if (traits.family == KeyTraits::Family::kDarkNet) {
    return {Naming::kTimm, Naming::kMmdet, Naming::kDarknet};
  }
  const bool bottleneck = traits.depth >= 50;
  std::vector<Naming> namings{Naming::kTimm};
  if (!traits.deep_stem) namings.push_back(Naming::kTorchvision);
  namings.insert(namings.end(), {Naming::kMmdet, Naming::kMmpretrain});
  // detectron2's deep stem stands in its DeepLab project, which has no basic blocks.
  if (!traits.pooled_shortcut && (!traits.deep_stem || bottleneck)) {
    namings.push_back(Naming::kDetectron2);
  }
  if (bottleneck) namings.push_back(Naming::kKeras);
  return namings;
}

std::optional<std::string> to_foreign_key(const KeyTraits& traits, Naming naming,
                                          std::string_view key) {
  if (naming == Naming::kDarknet) return darknet_key(key);
  for (const KeyRow& row : key_rows(traits.family, naming)) {
    if (!applies(row, traits)) continue;
    const auto parts = match_key(row.own, key, kTorchLeaves);
    if (!parts) continue;
    if (row.foreign.empty()) return std::nullopt;
    return fill_key(row.foreign, *parts, leaves_of(naming));
  }
  return std::nullopt;
}

std::optional<std::string> to_own_key(const KeyTraits& traits, Naming naming,
                                      std::string_view key) {
  if (naming == Naming::kDarknet) return std::nullopt;
  for (const KeyRow& row : key_rows(traits.family, naming)) {
    if (row.foreign.empty() || !applies(row, traits)) continue;
    const auto parts = match_key(row.foreign, key, leaves_of(naming));
    if (!parts) continue;
    std::string own = fill_key(row.own, *parts, kTorchLeaves);
    // A row further up may give another name to it, or none.
    if (to_foreign_key(traits, naming, own) == key) return own;
  }
  return std::nullopt;
}

std::optional<RecognisedNaming> recognise_naming(const KeyTraits& traits,
                                                 const std::vector<std::string>& own_keys,
                                                 const std::vector<std::string>& keys) {
  const std::set<std::string, std::less<>> present(keys.begin(), keys.end());
  std::optional<RecognisedNaming> best;
  for (const Naming naming : {Naming::kTimm, Naming::kMmdet, Naming::kMmpretrain}) {
    for (const std::string prefix : {"", "module.", "backbone.", "module.backbone.", "model.",
                                     "_orig_mod.", "backbone.body."}) {
      const auto matched = std::count_if(own_keys.begin(), own_keys.end(), [&](const auto& own) {
        const auto foreign = to_foreign_key(traits, naming, own);
        return foreign && present.contains(prefix + *foreign);
      });
      if (matched > 0 && (!best || static_cast<size_t>(matched) > best->matched)) {
        best = {.naming = naming, .prefix = prefix, .matched = static_cast<size_t>(matched)};
      }
    }
  }
  return best;
}

}  // namespace train_backbone::models
