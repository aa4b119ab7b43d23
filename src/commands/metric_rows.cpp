#include "commands/metric_rows.h"

#include <string>
#include <utility>

namespace train_backbone::commands {
namespace {

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

// What both kinds of report have.
template <class Report>
io::MetricRow common_row(const Report& report, io::MetricValue epoch, const TrainingTimes& times) {
  return {{"step", report.step},
          {"epoch", std::move(epoch)},
          {"train_loss", report.train.mean_loss()},
          {"train_top1", report.train.top1_percent()},
          {"train_top5", report.train.top5_percent()},
          {"learning_rate", report.learning_rate},
          {"images_per_second", report.speed.samples_per_second()},
          {"data_wait_share", report.speed.waiting_share()},
          {"reduce_wait_share", share(times.reducing, times.seconds)},
          {"loader_read_share", share(times.reading, times.reading + times.decoding)}};
}

}  // namespace

io::MetricRow interval_row(const train::IntervalReport& report, const TrainingTimes& times,
                           uint64_t bad_records) {
  io::MetricRow row = common_row(report, report.epochs, times);
  row.emplace_back("bad_records", static_cast<int64_t>(bad_records));
  return row;
}

io::MetricRow epoch_row(const train::EpochReport& report, const TrainingTimes& times,
                        uint64_t bad_records) {
  io::MetricRow row = common_row(report, report.epoch, times);
  row.emplace_back("bottleneck", std::string(bottleneck_name(find_bottleneck(times).bottleneck)));
  row.emplace_back("seconds", report.speed.seconds);
  row.emplace_back("bad_records", static_cast<int64_t>(bad_records));
  if (report.validation) {
    row.emplace_back("validation_loss", report.validation->mean_loss());
    row.emplace_back("validation_top1", report.validation->top1_percent());
    row.emplace_back("validation_top5", report.validation->top5_percent());
  }
  return row;
}

}  // namespace train_backbone::commands
