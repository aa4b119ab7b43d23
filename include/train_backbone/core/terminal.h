#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace train_backbone::core {

// Whether standard output is a terminal that a person looks at: lines may be rewritten there. Not
// under Open MPI, which gives its ranks a pseudo-terminal whatever mpirun itself writes to.
bool writes_to_terminal();

// Columns of that terminal, 80 where it does not tell. Asked each time: windows change their size.
size_t terminal_columns();

// `text` with its lines broken between words where a person looks at it, so that none is longer
// than a row, what follows a break indented; as it is elsewhere.
std::string fit_terminal(std::string_view text, size_t indent);
// The same for a row of so many columns. Escape sequences of colours take none. A word that is
// longer than a row stays whole.
std::string wrapped(std::string_view text, size_t columns, size_t indent);

enum class Colour { kGreen, kYellow, kRed, kBold };

// `text` in a colour on a terminal, as it is elsewhere and where NO_COLOR (no-color.org) is set to
// anything.
std::string coloured(std::string_view text, Colour colour);
// The same where it is known whether there are colours.
std::string coloured(std::string_view text, Colour colour, bool colours);

}  // namespace train_backbone::core
