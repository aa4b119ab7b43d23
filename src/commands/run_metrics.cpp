#include "commands/run_metrics.h"

#include "commands/metric_rows.h"

namespace train_backbone::commands {

RunMetrics::RunMetrics(const io::RunDirectory& directory, int64_t resumed_step,
                       const data::BadRecords& bad_records, const TimeKeeper& times)
    : lines_(directory.metrics_jsonl(), "step", resumed_step),
      table_(directory.metrics_csv(),
             {"step", "epoch", "train_loss", "train_top1", "train_top5", "validation_loss",
              "validation_top1", "validation_top5", "learning_rate", "images_per_second",
              "data_wait_share", "reduce_wait_share", "loader_read_share", "bottleneck", "seconds",
              "bad_records"},
             resumed_step),
      bad_records_(bad_records),
      times_(times) {}

void RunMetrics::on_interval(const train::IntervalReport& report) {
  append("interval", interval_row(report, times_.interval(), bad_records_.count()));
}

void RunMetrics::on_epoch(const train::EpochReport& report) {
  const io::MetricRow row = epoch_row(report, times_.epoch(), bad_records_.count());
  table_.append(row);
  append("epoch", row);
}

void RunMetrics::append(const char* kind, const io::MetricRow& row) {
  io::MetricRow line{{"kind", kind}};
  line.insert(line.end(), row.begin(), row.end());
  lines_.append(line);
}

void RunMetrics::on_checkpoint(const train::RunState& /*state*/) {
  lines_.sync();
  table_.sync();
}

}  // namespace train_backbone::commands
