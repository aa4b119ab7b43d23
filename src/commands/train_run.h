#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "commands/peeked_batches.h"
#include "commands/resume.h"
#include "commands/run_output.h"
#include "commands/run_ranks.h"
#include "commands/settings.h"
#include "commands/train_data.h"
#include "train_backbone/comm/device_ranks.h"
#include "train_backbone/comm/timed_reducer.h"
#include "train_backbone/data/batch/bad_records.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/models/backbone.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/flat_arena.h"
#include "train_backbone/optim/parameter_groups.h"
#include "train_backbone/optim/schedule.h"
#include "train_backbone/optim/sgd.h"
#include "train_backbone/train/rank_sync.h"
#include "train_backbone/train/run_plan.h"
#include "train_backbone/train/run_state.h"
#include "train_backbone/train/trainer.h"

namespace train_backbone::commands {

// What a run is made of; all borrowed.
struct TrainRunParts {
  const TrainSettings& settings;
  const TrainData& data;
  const train::RunPlan& plan;
  const optim::LearningRateSchedule& schedule;
  RunRanks& ranks;
  const ops::Device& device;
  int workers;
};

// One run of `train`: model and optimizer, fresh, from other weights or out of a checkpoint. All
// calls are collective.
class TrainRun {
 public:
  // Also makes the first batch. `resume` is looked at on the first rank, whose state all ranks go
  // on from. Throws as that and as restoring the checkpoint, or reading the weights of --fine_tune,
  // do.
  TrainRun(TrainRunParts parts, const std::optional<ResumePoint>& resume);

  // Whether the checkpoint that the run goes on from is its own end, validated and saved: nothing
  // is left to do. The same on all ranks.
  [[nodiscard]] bool is_complete() const;
  // In place of train_in(): says that and how it ended, and hands over to the job as at the end of
  // a run. Writes nothing into the folder. Returns the exit code.
  int tell_completion(const io::RunDirectory* directory);

  // Trains to the end or until a signal. The first rank writes into `directory`; the others have
  // none. Returns the exit code. Once only.
  int train_in(const io::RunDirectory* directory);

 private:
  void load(const std::optional<ResumePoint>& resume);
  void compute_norms_over_ranks();
  void go_on_from(const ResumePoint& point);
  void set_budgets();
  // With a clock that clocks() reads.
  std::unique_ptr<comm::GradientReducer> timed(std::unique_ptr<comm::GradientReducer> reducer);
  [[nodiscard]] std::unique_ptr<train::RankSync> make_rank_sync();
  [[nodiscard]] TrainingTimes work_of_rank() const;
  [[nodiscard]] TimeKeeper::Clocks clocks() const;
  [[nodiscard]] RunOutput::Settings output_settings() const;
  [[nodiscard]] std::unique_ptr<RunOutput> make_output(const io::RunDirectory& directory);
  bool run_to_end(train::Trainer& trainer, RunOutput* output);
  // Sources that enter damaged records into bad_records_.
  std::unique_ptr<data::BatchSource> training_batches();
  std::unique_ptr<data::BatchSource> validation_batches();
  [[nodiscard]] int64_t rank_validation_records() const;
  void note_damage(const char* split, const data::Batch& batch);
  [[nodiscard]] int64_t first_step() const;
  [[nodiscard]] std::string graph_text() const;
  [[nodiscard]] std::string ranks_line() const;
  void print_summary() const;

  TrainRunParts parts_;
  std::shared_ptr<models::Backbone> model_;
  optim::ParameterGroups groups_;
  ops::FlatArena arena_;
  optim::Sgd optimizer_;
  train::RunState state_;
  std::unique_ptr<comm::DeviceRanks> device_ranks_;  // of several ranks on GPUs
  std::unique_ptr<PeekedBatches> batches_;
  const comm::TimedReducer* reducer_ = nullptr;  // of several ranks
  const train::TrainStep* step_ = nullptr;       // of train_in()
  data::BadRecords bad_records_;
  int64_t taken_steps_ = 0;            // steps whose batch has been taken
  int64_t keep_metrics_through_ = -1;  // of the files that are there
  bool from_another_run_ = false;
};

}  // namespace train_backbone::commands
