#include "commands/inspect_difference.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "commands/json_line.h"
#include "commands/weight_difference.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::commands {
namespace {

void print_list(const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  std::cout << core::format("{}: {}\n", title, lines.size());
  for (const std::string& line : lines) std::cout << "  " << line << "\n";
}

void print_differing(const std::vector<TensorDifference>& tensors) {
  if (tensors.empty()) return;
  size_t width = 0;
  for (const TensorDifference& tensor : tensors) width = std::max(width, tensor.name.size());
  std::cout << core::format("other values: {}\n  {:<{}} {:>18} {:>18}\n", tensors.size(), "tensor",
                            width, "largest difference", "relative norm");
  for (const TensorDifference& tensor : tensors) {
    std::cout << core::format("  {:<{}} {:>18.6g} {:>18.6g}\n", tensor.name, width, tensor.largest,
                              tensor.relative);
  }
}

}  // namespace

int inspect_difference(const std::filesystem::path& first, const std::filesystem::path& second) {
  const WeightDifference difference =
      compare_weights(io::read_weights(first).tensors, io::read_weights(second).tensors);
  print_list(core::format("only in {}", first.string()), difference.only_in_first);
  print_list(core::format("only in {}", second.string()), difference.only_in_second);
  print_list("other type or shape", difference.unlike);
  print_differing(difference.differing);
  std::cout << core::format("identical: {}\n", difference.identical);
  print_json_line({{"path", first.string()},
                   {"diff", second.string()},
                   {"only_in_path", difference.only_in_first.size()},
                   {"only_in_diff", difference.only_in_second.size()},
                   {"unlike", difference.unlike.size()},
                   {"differing", difference.differing.size()},
                   {"identical", difference.identical},
                   {"largest_difference", difference.largest()},
                   {"equal", difference.none()}});
  return static_cast<int>(core::ExitCode::kDone);
}

}  // namespace train_backbone::commands
