#include "train_backbone/train/trainer.h"

#include <ATen/ops/isfinite.h>

#include <chrono>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::train {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void throw_diverged(std::string_view what, int64_t step, double learning_rate) {
  throw core::DivergedError(
      core::format("{} at step {} (learning rate {:.4g}): the training has diverged and this state "
                   "is not saved; try a lower --learning_rate or more --warmup_epochs",
                   what, step, learning_rate));
}

// A NaN may have a sign, which says nothing.
std::string loss_text(const Meters& meters) {
  return core::format("{}", std::abs(meters.mean_loss()));
}

void add(Speed& speed, const Speed& more) {
  speed.samples += more.samples;
  speed.seconds += more.seconds;
  speed.seconds_waited += more.seconds_waited;
}

}  // namespace

Trainer::Trainer(TrainerSettings settings, TrainerParts parts, RunState state)
    : settings_(settings),
      parts_(std::move(parts)),
      state_(std::move(state)),
      saved_step_(state_.step) {
  if (state_.loss_scale) parts_.step.go_on_from(*state_.loss_scale);
}

bool Trainer::run(data::BatchSource& batches) {
  while (true) {
    const bool closed = !must_close();
    if (closed && state_.step >= parts_.plan.end_step()) return true;
    if (parts_.stop && parts_.stop()) {
      save_if_due();
      return false;
    }
    if (!closed) {
      settle();
      close_epoch();
      continue;
    }
    step(batches);
    const int64_t every = settings_.checkpoint_every_steps;
    if (every > 0 && state_.step % every == 0 && !must_close()) {
      settle();
      save();
    }
  }
}

void Trainer::save_if_due() {
  settle();
  if (saved_step_ != state_.step) save();
}

// Bad data must not cost what was learned: the state is that between two steps. (With other ranks,
// the reading of data fails on all of them or on none.)
void Trainer::keeping_progress(const std::function<void()>& work) {
  try {
    work();
  } catch (const core::DataError&) {
    save_if_due();
    throw;
  }
}

void Trainer::step(data::BatchSource& batches) {
  const Clock::time_point begin = Clock::now();
  const double waited_before = batches.seconds_waited();
  std::optional<data::Batch> batch;
  keeping_progress([&] { batch = batches.next(); });
  if (!batch) {
    throw core::Error(core::ExitCode::kInternal,
                      core::format("no training batch for step {}", state_.step + 1));
  }
  const double learning_rate = parts_.schedule.at(state_.step);
  StartedStep started{.meters = parts_.step.start(*batch, learning_rate),
                      .step = state_.step + 1,
                      .learning_rate = learning_rate,
                      .speed = {}};
  batches.recycle(std::move(*batch));
  settle();  // the step before
  ++state_.step;
  started_.emplace(std::move(started));
  started_->speed.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  started_->speed.seconds_waited = batches.seconds_waited() - waited_before;
  if (started_->meters.was_done()) settle();
}

void Trainer::settle() {
  if (!started_) return;
  StartedStep started = std::move(*started_);
  started_.reset();
  const Clock::time_point begin = Clock::now();
  const Meters meters = started.meters.get();
  if (!std::isfinite(meters.loss_sum)) {
    throw_diverged(core::format("the training loss is {}", loss_text(meters)), started.step,
                   started.learning_rate);
  }
  state_.epoch += meters;
  state_.interval += meters;
  started.speed.samples = meters.count;  // of all ranks
  started.speed.seconds += std::chrono::duration<double>(Clock::now() - begin).count();
  for (Speed* sum : {&total_, &epoch_, &interval_}) add(*sum, started.speed);
  report_step(started, meters);
}

void Trainer::report_step(const StartedStep& started, const Meters& batch) {
  const double epochs = parts_.plan.epochs_at(started.step);
  for (TrainObserver* observer : observers_) {
    observer->on_step({.step = started.step,
                       .epochs = epochs,
                       .learning_rate = started.learning_rate,
                       .batch = batch,
                       .speed = total_});
  }
  if (started.step % settings_.log_every_steps != 0) return;
  for (TrainObserver* observer : observers_) {
    observer->on_interval({.step = started.step,
                           .epochs = epochs,
                           .learning_rate = started.learning_rate,
                           .train = state_.interval,
                           .speed = interval_});
  }
  state_.interval = {};
  interval_ = {};
}

bool Trainer::must_close() const {
  const bool at_end = state_.step == parts_.plan.end_step();
  if (state_.closed_step != state_.step) return at_end || parts_.plan.ends_epoch(state_.step);
  // A resumed run may end where an earlier one went on without validation.
  return at_end && (!state_.validation || state_.validation->step != state_.step);
}

bool Trainer::validation_due() const {
  if (state_.step >= parts_.plan.end_step()) return true;
  const int64_t every = settings_.eval_every_epochs;
  return every > 0 && parts_.plan.completed_epochs(state_.step) % every == 0;
}

double Trainer::last_rate() const { return parts_.schedule.at(state_.step - 1); }

void Trainer::close_epoch() {
  EpochReport report;
  report.complete = parts_.plan.ends_epoch(state_.step);
  report.epoch = parts_.plan.completed_epochs(state_.step) + (report.complete ? 0 : 1);
  report.step = state_.step;
  report.learning_rate = last_rate();
  report.train = state_.epoch;
  report.speed = epoch_;
  if (validation_due() && !validate(report)) return;
  state_.closed_step = state_.step;
  // The meters of an epoch that --max_steps cuts go on when the run is resumed.
  if (report.complete) {
    state_.epoch = {};
    epoch_ = {};
  }
  for (TrainObserver* observer : observers_) observer->on_epoch(report);
  save();
}

bool Trainer::validate(EpochReport& report) {
  int64_t done = 0;
  const auto tell = [&] {
    for (TrainObserver* observer : observers_) observer->on_validation(done);
  };
  tell();
  const std::unique_ptr<data::BatchSource> batches = parts_.validation_batches();
  keeping_progress([&] {
    report.validation =
        parts_.evaluator.evaluate(*batches, parts_.stop, [&](const EvaluatedBatch& evaluated) {
          done += evaluated.batch.size;
          tell();
        });
  });
  if (!report.validation) return false;
  if (!std::isfinite(report.validation->loss_sum)) {
    throw_diverged(core::format("the validation loss is {}", loss_text(*report.validation)),
                   state_.step, report.learning_rate);
  }
  state_.validation = Validation{.step = state_.step, .meters = *report.validation};
  report.best = report.validation->top1_percent() > state_.best_top1;
  if (report.best) {
    state_.best_top1 = report.validation->top1_percent();
    state_.best_step = state_.step;
  }
  return true;
}

// All ranks fail or none does, also when a fault has changed the numbers of one alone.
void Trainer::check_numbers() const {
  std::string bad;
  for (const auto& [name, tensor] : model_tensors(parts_.model)) {
    if (bad.empty() && !at::isfinite(tensor.detach()).all().item<bool>()) bad = name;
  }
  const bool any = parts_.any_rank ? parts_.any_rank(!bad.empty()) : !bad.empty();
  if (!any) return;
  throw_diverged(bad.empty() ? "a tensor of another rank holds NaN or infinity"
                             : core::format("'{}' holds NaN or infinity", bad),
                 state_.step, last_rate());
}

void Trainer::save() {
  check_numbers();
  state_.loss_scale = parts_.step.loss_scale();
  for (TrainObserver* observer : observers_) observer->on_checkpoint(state_);
  saved_step_ = state_.step;
}

}  // namespace train_backbone::train
