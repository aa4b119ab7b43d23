#include "train_backbone/comm/fail_together.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::comm {
namespace {

[[noreturn]] void throw_told(core::ExitCode code, const std::string& text) {
  if (code == core::ExitCode::kData) {
    core::DataError error(text);
    error.set_told();
    throw error;
  }
  core::Error error(code, text);
  error.set_told();
  throw error;
}

// What one rank has to say: nothing, or "CODE TEXT".
std::string text_of(const std::optional<core::Error>& failure) {
  if (!failure) return {};
  return core::format("{} {}", static_cast<int>(failure->code()), failure->what());
}

}  // namespace

void fail_together(Communicator& communicator, const std::function<void()>& work) {
  if (communicator.world_size() == 1) {
    work();
    return;
  }
  std::optional<core::Error> failure;
  try {
    work();
  } catch (const core::Error& error) {
    failure = error;
  }
  std::array<double, 1> failures{failure ? 1.0 : 0.0};
  communicator.all_reduce_sum(std::span<double>(failures));
  if (failures[0] == 0) return;
  const std::vector<std::string> texts = communicator.all_gather(text_of(failure));
  const auto first = std::ranges::find_if(texts, [](const auto& text) { return !text.empty(); });
  const size_t space = first->find(' ');
  const std::string text = first->substr(space + 1);
  if (first - texts.begin() == communicator.rank()) core::tell_error(text);
  communicator.barrier();
  throw_told(static_cast<core::ExitCode>(std::stoi(first->substr(0, space))), text);
}

void throw_together(Communicator& communicator, core::ExitCode code, const std::string& text) {
  if (communicator.world_size() == 1) throw core::Error(code, text);
  if (communicator.rank() == 0) core::tell_error(text);
  communicator.barrier();
  throw_told(code, text);
}

}  // namespace train_backbone::comm
