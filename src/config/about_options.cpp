#include "config/about_options.h"

namespace train_backbone::config {

void AboutOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(help, {.name = "help", .help = "show this text", .short_name = "h"});
  visitor.option(version, {.name = "version", .help = "show the version", .short_name = "V"});
  visitor.option(print_config, {.name = "print_config",
                                .help = "show every value and where it came from, as TOML"});
}

}  // namespace train_backbone::config
