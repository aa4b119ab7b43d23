#include "train_backbone/core/terminal.h"

#include <unistd.h>

#include <cstdlib>

#include "train_backbone/core/format.h"

namespace train_backbone::core {
namespace {

int code_of(Colour colour) {
  switch (colour) {
    case Colour::kGreen:
      return 32;
    case Colour::kYellow:
      return 33;
    case Colour::kRed:
      return 31;
    case Colour::kBold:
      return 1;
  }
  return 0;
}

bool wants_colours() {
  const char* refused = std::getenv("NO_COLOR");
  return writes_to_terminal() && (refused == nullptr || *refused == '\0');
}

}  // namespace

bool writes_to_terminal() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr;
}

std::string coloured(std::string_view text, Colour colour) {
  return coloured(text, colour, wants_colours());
}

std::string coloured(std::string_view text, Colour colour, bool colours) {
  if (!colours) return std::string(text);
  return format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

}  // namespace train_backbone::core
