#include "commands/train_console.h"

#include <iostream>
#include <string>

#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

uint64_t samples_at(const train::RunPlan& plan, int64_t step) {
  return static_cast<uint64_t>(step * plan.batch_size());
}

std::string headline(const train::EpochReport& report, int64_t epochs) {
  return core::format("epoch {}/{}{}, step {}", report.epoch, epochs,
                      report.complete ? "" : " (not complete)", report.step);
}

}  // namespace

TrainConsole::TrainConsole(const train::RunPlan& plan, int64_t validation_records,
                           int64_t first_step, bool quiet)
    : plan_(plan),
      validation_records_(validation_records),
      quiet_(quiet),
      steps_("training", "img", samples_at(plan, plan.end_step()), quiet) {
  steps_.start_at(samples_at(plan, first_step));
}

void TrainConsole::on_step(const train::StepReport& report) {
  if (quiet_) return;
  steps_.update(samples_at(plan_, report.step),
                core::format("step {}/{}, epoch {:.2f}, loss {:.4f}, lr {:.4g}, data {:.0f} %",
                             report.step, plan_.end_step(), report.epochs, report.batch.mean_loss(),
                             report.learning_rate, 100 * report.speed.waiting_share()));
}

void TrainConsole::on_validation(int64_t samples) {
  if (quiet_) return;
  if (samples == 0) {
    steps_.clear_line();
    validation_ = std::make_unique<core::Progress>(
        "validation", "img", static_cast<uint64_t>(validation_records_), quiet_);
  }
  validation_->update(static_cast<uint64_t>(samples));
}

void TrainConsole::on_epoch(const train::EpochReport& report) {
  if (quiet_) return;
  validation_.reset();
  steps_.clear_line();
  std::cout << headline(report, plan_.epochs());
  if (report.train.count > 0) {
    std::cout << core::format(": loss {:.4f}, top-1 {:.2f} %", report.train.mean_loss(),
                              report.train.top1_percent());
  }
  if (report.validation) {
    std::cout << core::format("; validation loss {:.4f}, top-1 {:.2f} %, top-5 {:.2f} %{}",
                              report.validation->mean_loss(), report.validation->top1_percent(),
                              report.validation->top5_percent(), report.best ? " (best)" : "");
  }
  std::cout << core::format("; {:.1f} img/s, {:.1f} s", report.speed.samples_per_second(),
                            report.speed.seconds)
            << std::endl;
}

void TrainConsole::finish() {
  validation_.reset();
  steps_.clear_line();
  std::cout << std::flush;
}

}  // namespace train_backbone::commands
