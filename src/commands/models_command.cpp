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
}

std::vector<config::OptionGroup> ModelsCommand::option_groups() {
  return {{.title = "What is counted", .options = &options_},
          {.title = "Output", .options = &log_}};
}

int ModelsCommand::run(const config::ResolvedConfig& /*resolved*/) {
  const std::vector<std::string> names = models::model_names();
  std::cout << core::format("{:<16} {:>12} {:>8} {:>10}\n", "model", "parameters", "GMACs",
                            "input size");
  for (const std::string& name : names) {
    const int64_t size = options_.image_size.value_or(models::default_image_size(name));
    const models::ModelCost cost = models::model_cost(name, options_.num_classes, size);
    std::cout << core::format("{:<16} {:>12} {:>8.2f} {:>10}\n", name, with_commas(cost.parameters),
                              static_cast<double>(cost.multiply_adds) / kGiga,
                              core::format("{0}x{0}", size));
  }
  print_json_line({{"models", names.size()}, {"num_classes", options_.num_classes}});
  return 0;
}

}  // namespace train_backbone::commands
