#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "tests/train/tiny_model.h"
#include "train_backbone/train/trainer.h"

namespace train_backbone::train {

struct TinySettings {
  int64_t records = 23;
  int64_t batch_size = 5;
  int64_t classes = 4;
  double num_epochs = 3;
  std::optional<int64_t> max_steps = {};
  double learning_rate = 0.05;
  double mixup_alpha = 0.4;
  double label_smoothing = 0.1;
  bool freeze_convolution = false;
  std::optional<int64_t> bad_step = {};  // whose batch cannot be read
  bool bad_validation = false;
  bool blind = false;  // as on a GPU
  TrainerSettings trainer = {};
};

// A whole run in memory: tiny model, made-up data, 7 validation records in batches of 5.
class TinyRun {
 public:
  explicit TinyRun(TinySettings settings);

  // Goes on from `state`; `stop` ends it early. Returns Trainer::run's answer and keeps the state.
  bool run(TrainObserver* observer = nullptr, const std::function<bool()>& stop = {});

  // A checkpoint with tensors of its own, and back.
  [[nodiscard]] io::Checkpoint capture() const;
  void restore(const io::Checkpoint& checkpoint);

  [[nodiscard]] TinyModel& model() { return *model_; }
  [[nodiscard]] const RunPlan& plan() const { return plan_; }
  [[nodiscard]] const RunState& state() const { return state_; }
  // Weights, statistics and momentum, bit for bit.
  [[nodiscard]] bool equals(const TinyRun& other) const;

 private:
  TinySettings settings_;
  RunPlan plan_;
  optim::LearningRateSchedule schedule_;
  std::shared_ptr<TinyModel> model_;
  optim::ParameterGroups groups_;
  ops::FlatArena arena_;
  optim::Sgd optimizer_;
  RunState state_;
};

// Stops a run after so many steps of it.
class StopAfter : public TrainObserver {
 public:
  explicit StopAfter(int64_t step) : step_(step) {}
  void on_step(const StepReport& report) override { reached_ = report.step >= step_; }
  [[nodiscard]] bool reached() const { return reached_; }

 private:
  int64_t step_;
  bool reached_ = false;
};

}  // namespace train_backbone::train
