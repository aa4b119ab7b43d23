#include "commands/run_metrics.h"

namespace train_backbone::commands {
namespace {

io::MetricRow epoch_row(const train::EpochReport& report, uint64_t bad_records) {
  io::MetricRow row{{"step", report.step},
                    {"epoch", report.epoch},
                    {"train_loss", report.train.mean_loss()},
                    {"train_top1", report.train.top1_percent()},
                    {"train_top5", report.train.top5_percent()},
                    {"learning_rate", report.learning_rate},
                    {"images_per_second", report.speed.samples_per_second()},
                    {"data_wait_share", report.speed.waiting_share()},
                    {"seconds", report.speed.seconds},
                    {"bad_records", static_cast<int64_t>(bad_records)}};
  if (report.validation) {
    row.emplace_back("validation_loss", report.validation->mean_loss());
    row.emplace_back("validation_top1", report.validation->top1_percent());
    row.emplace_back("validation_top5", report.validation->top5_percent());
  }
  return row;
}

}  // namespace

RunMetrics::RunMetrics(const io::RunDirectory& directory, int64_t resumed_step,
                       const data::BadRecords& bad_records)
    : lines_(directory.metrics_jsonl(), "step", resumed_step),
      table_(directory.metrics_csv(),
             {"step", "epoch", "train_loss", "train_top1", "train_top5", "validation_loss",
              "validation_top1", "validation_top5", "learning_rate", "images_per_second",
              "data_wait_share", "seconds", "bad_records"},
             resumed_step),
      bad_records_(bad_records) {}

void RunMetrics::on_interval(const train::IntervalReport& report) {
  lines_.append({{"kind", "interval"},
                 {"step", report.step},
                 {"epoch", report.epochs},
                 {"train_loss", report.train.mean_loss()},
                 {"train_top1", report.train.top1_percent()},
                 {"train_top5", report.train.top5_percent()},
                 {"learning_rate", report.learning_rate},
                 {"images_per_second", report.speed.samples_per_second()},
                 {"data_wait_share", report.speed.waiting_share()},
                 {"bad_records", static_cast<int64_t>(bad_records_.count())}});
}

void RunMetrics::on_epoch(const train::EpochReport& report) {
  const io::MetricRow row = epoch_row(report, bad_records_.count());
  table_.append(row);
  io::MetricRow line{{"kind", "epoch"}};
  line.insert(line.end(), row.begin(), row.end());
  lines_.append(line);
}

void RunMetrics::on_checkpoint(const train::RunState& /*state*/) {
  lines_.sync();
  table_.sync();
}

}  // namespace train_backbone::commands
