#include "commands/json_line.h"

#include <iostream>

namespace train_backbone::commands {

void print_json_line(const nlohmann::ordered_json& object) {
  std::cout << object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
            << std::endl;
}

}  // namespace train_backbone::commands
