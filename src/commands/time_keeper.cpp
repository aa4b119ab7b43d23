#include "commands/time_keeper.h"

#include <utility>

namespace train_backbone::commands {
namespace {

TrainingTimes between(const TrainingTimes& begin, TrainingTimes end) {
  end.seconds -= begin.seconds;
  end.waiting -= begin.waiting;
  end.reducing -= begin.reducing;
  end.copying -= begin.copying;
  end.reading -= begin.reading;
  end.decoding -= begin.decoding;
  end.bytes_read -= begin.bytes_read;
  end.samples -= begin.samples;
  end.steps -= begin.steps;
  return end;
}

}  // namespace

TimeKeeper::TimeKeeper(const TrainingTimes& work, Clocks clocks)
    : work_(work), clocks_(std::move(clocks)) {
  interval_begin_ = so_far();
  epoch_begin_ = interval_begin_;
}

TrainingTimes TimeKeeper::so_far() const {
  const data::LoaderWork loader = clocks_.loader();
  TrainingTimes times = work_;
  times.seconds = speed_.seconds;
  times.waiting = speed_.seconds_waited;
  times.reducing = clocks_.reducing();
  times.copying = clocks_.copying();
  times.reading = loader.seconds_reading;
  times.decoding = loader.seconds_decoding;
  times.bytes_read = loader.bytes_read;
  times.samples = speed_.samples / work_.ranks;
  times.steps = steps_;
  return times;
}

void TimeKeeper::on_step(const train::StepReport& report) {
  speed_ = report.speed;
  ++steps_;
}

void TimeKeeper::on_interval(const train::IntervalReport& /*report*/) {
  const TrainingTimes now = so_far();
  interval_ = between(interval_begin_, now);
  interval_begin_ = now;
}

// What the loader does while the epoch is closed belongs to the next one, which finds it done.
void TimeKeeper::on_epoch(const train::EpochReport& report) {
  const TrainingTimes now = so_far();
  epoch_ = between(epoch_begin_, now);
  if (report.complete) epoch_begin_ = now;
}

}  // namespace train_backbone::commands
