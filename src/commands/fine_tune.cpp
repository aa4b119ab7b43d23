#include "commands/fine_tune.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "commands/run_config.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/io/weight_import.h"
#include "train_backbone/io/weights.h"
#include "train_backbone/models/key_map.h"
#include "train_backbone/train/run_state.h"

namespace train_backbone::commands {
namespace {

std::string value_of(const io::Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

// Weights of the original's network and of ours have equal shapes and load without a complaint.
void check_same_network(const io::Metadata& metadata, const TrainSettings& settings) {
  const std::string& file = settings.train.fine_tune;
  const std::string padding = value_of(metadata, "padding");
  const std::string compat = value_of(metadata, "compat");
  const bool original = padding == "tf" || compat == "aws";
  const bool told = !padding.empty() || !compat.empty();
  if (told && original && !follows_original(settings)) {
    throw core::UsageError(core::format(
        "--fine_tune: {} is for the original's network (padding '{}'), which computes something "
        "else with the same shapes; give --compat aws, or other weights",
        file, padding));
  }
  if (told && !original && follows_original(settings)) {
    throw core::UsageError(core::format(
        "--fine_tune: {} is not for the original's network (padding '{}'), which --compat aws "
        "builds; leave out --compat aws, or give other weights",
        file, padding));
  }
  if (!told && follows_original(settings)) {
    core::log_warning("--fine_tune: {} does not tell its padding; it is taken as the original's",
                      file);
  }
}

void check_same_slope(const io::Metadata& metadata, const TrainSettings& settings) {
  if (!settings.model.model.starts_with("darknet")) return;
  const std::string& file = settings.train.fine_tune;
  const std::string slope = value_of(metadata, "leaky_slope");
  const std::string ours = core::format("{}", settings.model.leaky_slope);
  if (slope.empty()) {
    core::log_warning(
        "--fine_tune: {} does not tell the slope of its LeakyReLU; here it is {} (timm's own "
        "weights want --leaky_slope 0.01)",
        file, ours);
  } else if (slope != ours) {
    throw core::UsageError(
        core::format("--fine_tune: {0} was trained with --leaky_slope {1}, here it is {2}; give "
                     "--leaky_slope {1}",
                     file, slope, ours));
  }
}

void compare_normalisation(const io::Metadata& metadata, const TrainSettings& settings) {
  const ops::Normalisation ours = training_normalisation(settings);
  const std::string mean = value_of(metadata, "mean");
  const std::string deviation = value_of(metadata, "std");
  if (mean.empty() || deviation.empty()) return;
  if (mean == channels_text(ours.mean) && deviation == channels_text(ours.deviation)) return;
  core::log_warning(
      "--fine_tune: {} saw pictures normalised with mean {} and std {}, here {} and {}",
      settings.train.fine_tune, mean, deviation, channels_text(ours.mean),
      channels_text(ours.deviation));
}

template <class Tensors>
std::vector<std::string> names_of(const Tensors& tensors) {
  std::vector<std::string> names;
  for (const auto& item : tensors) names.push_back(item.first);
  return names;
}

std::string described(const models::RecognisedNaming& recognised, const models::KeyTraits& traits,
                      const io::Metadata& metadata) {
  std::string text(models::naming_name(recognised.naming));
  if (recognised.naming == models::Naming::kTimm) {
    const std::vector<models::Naming> known = models::namings_of(traits);
    const bool shared = std::count(known.begin(), known.end(), models::Naming::kTorchvision) > 0;
    text += shared ? " (ours and torchvision's are the same)" : " (ours are the same)";
  }
  if (metadata.contains("producer")) text += ", written by " + value_of(metadata, "producer");
  if (!recognised.prefix.empty()) text += core::format(", with '{}' before", recognised.prefix);
  return text;
}

// The tensors of the file with what we call them.
std::vector<io::ImportedTensor> recognised_tensors(const io::SafetensorsFile& file,
                                                   const io::NamedTensors& target,
                                                   const TrainSettings& settings) {
  const models::KeyTraits traits =
      models::key_traits(settings.model.model, follows_original(settings));
  const auto recognised =
      models::recognise_naming(traits, names_of(target), names_of(file.tensors));
  if (!recognised) {
    throw core::DataError(
        settings.train.fine_tune,
        core::format("not one of its keys ({}, ...) is one that timm, torchvision, mmdet or "
                     "mmpretrain give to a tensor of {}",
                     file.tensors.front().first, settings.model.model));
  }
  core::log_info("--fine_tune {}: names of {}", settings.train.fine_tune,
                 described(*recognised, traits, file.metadata));
  std::vector<io::ImportedTensor> tensors;
  for (const auto& [key, values] : file.tensors) {
    io::ImportedTensor& tensor = tensors.emplace_back();
    tensor = {.key = key, .name = {}, .values = values};
    if (!key.starts_with(recognised->prefix)) continue;
    tensor.name = models::to_own_key(traits, recognised->naming,
                                     std::string_view(key).substr(recognised->prefix.size()));
  }
  return tensors;
}

std::string list_text(const std::vector<std::string>& names, size_t most) {
  if (names.empty()) return "none";
  const std::vector<std::string> first(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size())));
  return core::format("{}{}", fmt::join(first, ", "), names.size() > most ? ", ..." : "");
}

// Both lists in full; warnings where more than the classifier is concerned.
void tell(const io::ImportReport& report, const std::string& head, const TrainSettings& settings) {
  const std::string& file = settings.train.fine_tune;
  if (report.other_classes) {
    core::log_info("--fine_tune {}: the classifier {} is new: {} classes there, {} here", file,
                   head, *report.other_classes, settings.model.num_classes);
  }
  const core::LogLevel level = report.exact ? core::LogLevel::kInfo : core::LogLevel::kWarning;
  const auto list = [&](std::string_view what, const std::vector<std::string>& names) {
    core::log_line(level, core::format("--fine_tune {}: {} {}: {}", file, what, names.size(),
                                       list_text(names, names.size())));
  };
  list("keys of the file not used", report.unused);
  list("tensors of the model not in the file or new", report.kept);
}

void require_exact(const io::ImportReport& report, const std::filesystem::path& path) {
  if (report.exact) return;
  constexpr size_t kNamesShown = 5;
  throw core::DataError(
      path, core::format("--strict: {} of its keys are not used: {}; {} tensors of the model are "
                         "not in it: {}",
                         report.unused.size(), list_text(report.unused, kNamesShown),
                         report.kept.size(), list_text(report.kept, kNamesShown)));
}

}  // namespace

void check_fine_tune_option(const TrainSettings& settings) {
  constexpr std::array<std::string_view, 6> kFlagValues{"true", "false", "yes", "no", "1", "0"};
  const std::string& file = settings.train.fine_tune;
  const bool flag =
      std::find(kFlagValues.begin(), kFlagValues.end(), core::fold_name(file)) != kFlagValues.end();
  if (flag) {
    throw core::UsageError(core::format(
        "--fine_tune {}: it takes a weight file, FILE.safetensors; the original's flag of this "
        "name had no effect and can be left out",
        file));
  }
  if (settings.train.strict && file.empty()) {
    throw core::UsageError("--strict is about the weights of --fine_tune, which is not given");
  }
}

void load_fine_tune_weights(const TrainSettings& settings, const models::Backbone& model) {
  const std::filesystem::path path = settings.train.fine_tune;
  const io::SafetensorsFile file = io::read_weights(path);
  check_same_network(file.metadata, settings);
  check_same_slope(file.metadata, settings);
  compare_normalisation(file.metadata, settings);
  const io::NamedTensors target = train::model_tensors(model);
  const std::string head = model.parts().back().modules.front();
  const io::ImportReport imported =
      io::import_tensors(recognised_tensors(file, target, settings), target, head, path);
  tell(imported, head, settings);
  if (settings.train.strict) require_exact(imported, path);
}

}  // namespace train_backbone::commands
