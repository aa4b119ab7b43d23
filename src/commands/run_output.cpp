#include "commands/run_output.h"

#include <utility>

namespace train_backbone::commands {

RunOutput::RunOutput(const Settings& settings, const RunSaver::Parts& parts, ConfigText config,
                     uint64_t data_fingerprint, const data::BadRecords& bad_records)
    : times_(settings.work, settings.clocks),
      console_(parts.plan, times_, settings.console),
      metrics_(parts.directory, settings.keep_metrics_through, bad_records, times_),
      report_(parts.directory, settings.report),
      saver_(parts, std::move(config), data_fingerprint) {
  if (!settings.tensorboard) return;
  tensorboard_.emplace(parts.directory, settings.keep_metrics_through,
                       RunTensorBoard::Sources{bad_records, times_, parts.model}, settings.sample,
                       settings.histograms_every);
}

void RunOutput::observe(train::Trainer& trainer) {
  trainer.add_observer(times_);
  trainer.add_observer(console_);
  trainer.add_observer(metrics_);
  if (tensorboard_) trainer.add_observer(*tensorboard_);
  trainer.add_observer(report_);
  trainer.add_observer(saver_);
}

void RunOutput::finish() {
  console_.finish();
  report_.write();
}

}  // namespace train_backbone::commands
