#include "commands/models_command.h"

#include <iostream>
#include <string>

#include "commands/json_line.h"
#include "train_backbone/core/format.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::commands {
namespace {

// 25557032 -> "25,557,032".
std::string with_commas(int64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

// "C2 256@4  C3 512@8  ...".
std::string features_text(const std::vector<models::FeatureMap>& maps) {
  std::string text;
  for (const models::FeatureMap& map : maps) {
    text +=
        core::format("{}C{} {}@{}", text.empty() ? "" : "  ", map.level, map.channels, map.stride);
  }
  return text;
}

constexpr double kGiga = 1e9;

}  // namespace

void ModelsOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(num_classes, {.name = "num_classes",
                               .help = "classes of the head that is counted",
                               .bound = core::at_least(1),
                               .unit = "classes"});
  visitor.option(image_size, {.name = "image_size",
                              .help = "side of the picture that GMACs are counted for; default: "
                                      "what each model is meant for",
                              .bound = core::between(8, 4096),
                              .unit = "pixels"});
  visitor.option(compat, {.name = "compat",
                          .help = "aws: the networks as the original computes them",
                          .choices = {"none", "aws"}});
  visitor.option(features,
                 {.name = "features", .help = "also print the feature maps C2..C5 for detectors"});
}

std::vector<config::OptionGroup> ModelsCommand::option_groups() {
  return {{.title = "What is counted", .options = &options_},
          {.title = "Output", .options = &log_}};
}

int ModelsCommand::run(const config::ResolvedConfig& /*resolved*/) {
  const std::vector<std::string> names = models::model_names();
  const bool original = options_.compat == "aws";
  if (original) std::cout << "as aws-samples' train_backbone.py computes them\n";
  std::cout << core::format("{:<16} {:>12} {:>8} {:>10}", "model", "parameters", "GMACs",
                            "input size");
  if (options_.features) std::cout << "   feature maps: channels @ stride";
  std::cout << "\n";
  for (const std::string& name : names) {
    const models::ModelChoice choice{
        .name = name, .num_classes = options_.num_classes, .original = original};
    const int64_t size = options_.image_size.value_or(models::default_image_size(name, original));
    models::check_image_size(name, size, "image_size");
    const models::ModelCost cost = models::model_cost(choice, size);
    std::cout << core::format("{:<16} {:>12} {:>8.2f} {:>10}", name, with_commas(cost.parameters),
                              static_cast<double>(cost.multiply_adds) / kGiga,
                              core::format("{0}x{0}", size));
    if (options_.features) std::cout << "   " << features_text(models::model_feature_maps(choice));
    std::cout << "\n";
  }
  print_json_line({{"models", names.size()}, {"num_classes", options_.num_classes}});
  return 0;
}

}  // namespace train_backbone::commands
