#include "train_backbone/core/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
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

constexpr size_t kUsualColumns = 80;

// Columns that a text takes: its characters (UTF-8 code points) without escape sequences.
size_t width_of(std::string_view text) {
  constexpr unsigned char kContinues = 0x80;
  constexpr unsigned char kMask = 0xC0;
  size_t width = 0;
  bool escape = false;
  for (const char letter : text) {
    if (letter == '\x1b') escape = true;
    if (!escape && (static_cast<unsigned char>(letter) & kMask) != kContinues) ++width;
    if (letter == 'm') escape = false;
  }
  return width;
}

// Appends one line, which ends without a line break.
void append_wrapped(std::string& result, std::string_view line, size_t columns, size_t indent) {
  size_t width = 0;
  bool first = true;
  bool any_word = false;
  while (true) {
    const size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    const size_t wide = width_of(word);
    // Runs of spaces, which align columns, are words of no letters.
    if (any_word && !word.empty() && width + 1 + wide > columns) {
      result.erase(result.find_last_not_of(' ') + 1);
      result.append(1, '\n').append(indent, ' ').append(word);
      width = indent + wide;
    } else {
      if (!first) result += ' ';
      result += word;
      width += wide + (first ? 0 : 1);
    }
    first = false;
    any_word = any_word || !word.empty();
    if (space == std::string_view::npos) return;
    line.remove_prefix(space + 1);
  }
}

bool wants_colours() {
  const char* refused = std::getenv("NO_COLOR");
  return writes_to_terminal() && (refused == nullptr || *refused == '\0');
}

}  // namespace

bool writes_to_terminal() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr;
}

size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

std::string fit_terminal(std::string_view text, size_t indent) {
  return writes_to_terminal() ? wrapped(text, terminal_columns(), indent) : std::string(text);
}

std::string wrapped(std::string_view text, size_t columns, size_t indent) {
  std::string result;
  indent = std::min(indent, columns / 2);
  while (true) {
    const size_t end = text.find('\n');
    append_wrapped(result, text.substr(0, end), columns, indent);
    if (end == std::string_view::npos) return result;
    result += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string coloured(std::string_view text, Colour colour) {
  return coloured(text, colour, wants_colours());
}

std::string coloured(std::string_view text, Colour colour, bool colours) {
  if (!colours) return std::string(text);
  return format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

}  // namespace train_backbone::core
