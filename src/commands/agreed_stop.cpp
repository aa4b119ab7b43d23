#include "commands/agreed_stop.h"

#include <array>

#include "train_backbone/train/stop_signals.h"

namespace train_backbone::commands {

bool AgreedStop::ask() {
  if (signal_) return true;
  std::array<double, train::kStopSignals.size()> ranks{};  // that have received each
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (train::StopSignals::received() == train::kStopSignals[i]) ranks[i] = 1;
  }
  communicator_.all_reduce_sum(std::span<double>(ranks));
  for (size_t i = 0; i < ranks.size() && !signal_; ++i) {
    if (ranks[i] > 0) signal_ = train::kStopSignals[i];
  }
  return signal_.has_value();
}

}  // namespace train_backbone::commands
