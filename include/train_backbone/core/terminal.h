#pragma once

#include <string>
#include <string_view>

namespace train_backbone::core {

// Whether standard output is a terminal that a person looks at: lines may be rewritten there. Not
// under Open MPI, which gives its ranks a pseudo-terminal whatever mpirun itself writes to.
bool writes_to_terminal();

enum class Colour { kGreen, kYellow, kRed, kBold };

// `text` in a colour on a terminal, as it is elsewhere and where NO_COLOR (no-color.org) is set to
// anything.
std::string coloured(std::string_view text, Colour colour);
// The same where it is known whether there are colours.
std::string coloured(std::string_view text, Colour colour, bool colours);

}  // namespace train_backbone::core
