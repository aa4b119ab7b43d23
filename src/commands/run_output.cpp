#include "commands/run_output.h"

#include <utility>

namespace train_backbone::commands {

RunOutput::RunOutput(const Settings& settings, const RunSaver::Parts& parts, ConfigText config,
                     uint64_t data_fingerprint, const data::BadRecords& bad_records)
    : console_(parts.plan, settings.validation_records, settings.first_step, settings.quiet),
      metrics_(parts.directory, settings.keep_metrics_through, bad_records),
      saver_(parts, std::move(config), data_fingerprint) {}

void RunOutput::observe(train::Trainer& trainer) {
  trainer.add_observer(console_);
  trainer.add_observer(metrics_);
  trainer.add_observer(saver_);
}

}  // namespace train_backbone::commands
