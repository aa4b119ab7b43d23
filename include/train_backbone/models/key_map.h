#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What other programs call the parameters and buffers of these networks. Our own names are timm's.
// Plain text work, free of tensors.
namespace train_backbone::models {

enum class Naming { kTimm, kTorchvision, kMmdet, kMmpretrain, kDetectron2, kDarknet, kKeras };

// In the order of the enumeration: "timm", "torchvision", ...
std::vector<std::string> naming_names();
std::string_view naming_name(Naming naming);
// Throws core::UsageError naming the known ones.
Naming parse_naming(std::string_view name);

// What of a model decides its names.
struct KeyTraits {
  enum class Family { kResNet, kHRNet, kDarkNet };
  Family family = Family::kResNet;
  int depth = 0;                 // 18, 34, 50, 101 of a ResNet, else 0
  bool deep_stem = false;        // ResNet: three 3x3 convolutions
  bool pooled_shortcut = false;  // ResNet: the shortcut's convolution has index 1
};

// `model` is a canonical name of the registry; `original`: as aws-samples' program computes it.
KeyTraits key_traits(std::string_view model, bool original);

// The namings that have this network.
std::vector<Naming> namings_of(const KeyTraits& traits);

// The name that `naming` has for our `key`; nothing when it has none (its network has no such
// tensor, or is a backbone without head). Without a prefix such as "backbone." but for
// kMmpretrain, whose files hold a whole classifier. kKeras: LAYER/VARIABLE:0. kDarknet:
// LAYER.ARRAY with the number of the layer in darknet53.cfg.
std::optional<std::string> to_foreign_key(const KeyTraits& traits, Naming naming,
                                          std::string_view key);

// The other way round; nothing for a key that `naming` does not give to any of ours.
// Not for kDarknet, whose files hold no names.
std::optional<std::string> to_own_key(const KeyTraits& traits, Naming naming, std::string_view key);

// How the keys of a file relate to ours.
struct RecognisedNaming {
  Naming naming = Naming::kTimm;
  std::string prefix;  // before each key of the network: "", "module.", "backbone.", ...
  size_t matched = 0;  // own keys that the file has
};

// Which of timm's (torchvision's are the same where it has the network), mmdet's and mmpretrain's
// names fit most of `own_keys`, the model's, to `keys`, a file's. Where several fit the same
// number, the first of these. Nothing when no key fits.
std::optional<RecognisedNaming> recognise_naming(const KeyTraits& traits,
                                                 const std::vector<std::string>& own_keys,
                                                 const std::vector<std::string>& keys);

}  // namespace train_backbone::models
