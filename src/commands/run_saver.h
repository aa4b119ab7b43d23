#pragma once

#include <filesystem>

#include "commands/run_config.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/train/observer.h"
#include "train_backbone/train/run_plan.h"

namespace train_backbone::commands {

// Writes weight files and checkpoints into the folder of a run whenever the trainer says so, and
// removes checkpoints that are no longer needed. Borrows all but `config`.
class RunSaver : public train::TrainObserver {
 public:
  struct Parts {
    const io::RunDirectory& directory;
    const train::RunPlan& plan;
    const models::Classifier& model;
    const ops::FlatArena& arena;
    const optim::Sgd& optimizer;
  };

  // `config` as described_config() gives it.
  RunSaver(Parts parts, ConfigText config, uint64_t data_fingerprint);

  void on_checkpoint(const train::RunState& state) override;

  // The newest checkpoint of this process; empty before the first.
  [[nodiscard]] const std::filesystem::path& newest() const { return newest_; }

 private:
  void save_weights(const train::RunState& state) const;

  Parts parts_;
  ConfigText config_;
  uint64_t data_fingerprint_;
  std::filesystem::path newest_;
};

}  // namespace train_backbone::commands
