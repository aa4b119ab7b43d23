#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Every option of the program is declared once: a field with its default in an options struct of
// the room that uses it, and one line in that struct's visit_options() with name, bound, unit and
// help. Parser, --help, validation and --print_config all derive from that declaration.
namespace train_backbone::core {

// Range of a number. Open ends exclude the value itself.
struct Bound {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;
  [[nodiscard]] bool contains(double value) const;
  [[nodiscard]] std::string text() const;  // ">= 1", "> 0", "in [0, 1)", "" without bounds
};
constexpr Bound at_least(double low) { return {.low = low}; }
constexpr Bound above(double low) { return {.low = low, .low_open = true}; }
constexpr Bound between(double low, double high) { return {.low = low, .high = high}; }
constexpr Bound below(double low, double high) {
  return {.low = low, .high = high, .high_open = true};
}

struct OptionInfo {
  std::string_view name;  // snake_case, as documented; the command line also takes kebab-case
  std::string_view help;
  Bound bound = {};
  std::string_view unit = "";                  // "epochs", "pixels", "images per rank", ...
  std::vector<std::string_view> choices = {};  // the names allowed, compared without case, _ and -
  // Of a text without choices: words that a shell offers; others may be right, too.
  std::vector<std::string_view> suggestions = {};
  std::string_view short_name = "";  // "b" for -b, "lr" for -lr
  std::string_view value_name = "";  // "FILE"; what the help shows for the value
  bool positional = false;
  bool required = false;
  // Another option that sets the same value in other words. The source of higher precedence wins;
  // both from one source is an error. Only for optional values.
  std::string_view instead_of = "";
  // "auto": what the value 0 of a whole number is called, in help and dumps too; 0 stays accepted.
  std::string_view word_for_zero = "";
};

// Visits the options of a struct. An empty optional is "not given".
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;
  virtual void option(bool& value, const OptionInfo& info) = 0;
  virtual void option(int64_t& value, const OptionInfo& info) = 0;
  virtual void option(double& value, const OptionInfo& info) = 0;
  virtual void option(std::string& value, const OptionInfo& info) = 0;
  virtual void option(std::optional<int64_t>& value, const OptionInfo& info) = 0;
  virtual void option(std::optional<double>& value, const OptionInfo& info) = 0;
};

// An options struct: plain data whose defaults are the program's defaults.
class Options {
 public:
  virtual ~Options() = default;
  virtual void visit_options(OptionVisitor& visitor) = 0;
};

}  // namespace train_backbone::core
