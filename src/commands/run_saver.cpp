#include "commands/run_saver.h"

#include <utility>

#include "train_backbone/core/format.h"
#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/checkpoint_folder.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::commands {

RunSaver::RunSaver(Parts parts, ConfigText config, uint64_t data_fingerprint)
    : parts_(parts), config_(std::move(config)), data_fingerprint_(data_fingerprint) {}

// The checkpoint comes last: whatever it claims to exist (best weights) is there by then, and a run
// that is killed in between writes the same files again.
void RunSaver::on_checkpoint(const train::RunState& state) {
  save_weights(state);
  io::Checkpoint checkpoint = train::capture(state, parts_.model, parts_.arena, parts_.optimizer);
  checkpoint.config = config_;
  checkpoint.data_fingerprint = data_fingerprint_;
  const std::filesystem::path folder = parts_.directory.checkpoints();
  newest_ = io::save_checkpoint(folder, checkpoint);
  io::prune_checkpoints(folder, state.best_step < 0 ? std::optional<int64_t>() : state.best_step);
}

void RunSaver::save_weights(const train::RunState& state) const {
  io::Metadata metadata = config_;
  metadata["step"] = core::format("{}", state.step);
  metadata["epoch"] = core::format("{:.6g}", parts_.plan.epochs_at(state.step));
  metadata["data_fingerprint"] = core::format("{:016x}", data_fingerprint_);
  const bool validated = state.validation && state.validation->step == state.step;
  if (validated) {
    metadata["top1"] = core::format("{}", state.validation->meters.top1_percent());
    metadata["top5"] = core::format("{}", state.validation->meters.top5_percent());
  }
  const io::NamedTensors tensors = train::model_tensors(parts_.model);
  io::write_weights(parts_.directory.last_weights(), tensors, metadata);
  if (validated && state.best_step == state.step) {
    io::write_weights(parts_.directory.best_weights(), tensors, metadata);
  }
}

}  // namespace train_backbone::commands
