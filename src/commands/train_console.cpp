#include "commands/train_console.h"

#include <iostream>

#include "train_backbone/core/format.h"
#include "train_backbone/core/terminal.h"

namespace train_backbone::commands {
namespace {

// A validation step has no backward pass.
constexpr double kCostOfValidation = 1.0 / 3;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string headline(const train::EpochReport& report, int64_t epochs) {
  return core::format("epoch {}/{}{}, step {}", report.epoch, epochs,
                      report.complete ? "" : " (not complete)", report.step);
}

std::string epoch_line(const train::EpochReport& report, int64_t epochs) {
  std::string line = core::coloured(headline(report, epochs), core::Colour::kBold);
  if (report.train.count > 0) {
    line += core::format(": loss {:.4f}, top-1 {:.2f} %", report.train.mean_loss(),
                         report.train.top1_percent());
  }
  if (report.validation) {
    line += core::format("; validation loss {:.4f}, top-1 {:.2f} %, top-5 {:.2f} %{}",
                         report.validation->mean_loss(), report.validation->top1_percent(),
                         report.validation->top5_percent(), report.best ? " (best)" : "");
  }
  return line + core::format("; {:.1f} img/s, {:.1f} s", report.speed.samples_per_second(),
                             report.speed.seconds);
}

std::string bar(double share) {
  constexpr size_t kCells = 10;
  const auto full = static_cast<size_t>(share * kCells);
  return core::format("[{}{}]", std::string(full, '='), std::string(kCells - full, ' '));
}

}  // namespace

TrainConsole::TrainConsole(const train::RunPlan& plan, const TimeKeeper& times,
                           const Settings& settings)
    : plan_(plan),
      times_(times),
      settings_(settings),
      eta_(plan, settings.first_step,
           kCostOfValidation * static_cast<double>(settings.validation_records * settings.ranks) /
               static_cast<double>(plan.batch_size())),
      line_(settings.quiet, settings.interval) {}

// Since the last line, which is what a person looks for; "312 img/s (78 per rank)".
std::string TrainConsole::speed_text(const train::Speed& speed) {
  const train::Speed since{.samples = speed.samples - shown_.samples,
                           .seconds = speed.seconds - shown_.seconds,
                           .seconds_waited = speed.seconds_waited - shown_.seconds_waited};
  shown_ = speed;
  const double rate = since.samples_per_second();
  std::string text = core::format("{:.{}f} img/s", rate, rate < 10 ? 2 : 0);
  if (settings_.ranks > 1) {
    text += core::format(" ({:.1f} per rank)", rate / static_cast<double>(settings_.ranks));
  }
  return text + core::format(", data wait {:.0f} %", 100 * since.waiting_share());
}

// What matters most comes first: narrow terminals cut the rest.
std::string TrainConsole::terminal_line(const train::StepReport& report) {
  const double share = static_cast<double>(report.step) / static_cast<double>(plan_.end_step());
  return core::format(
      "{} {:.0f} % {} left, loss {:.4f}, {}, epoch {:.2f}/{} {} left, step {}/{}, lr {:.4g}",
      bar(share), 100 * share, core::clock_text(eta_.run_left()), report.batch.mean_loss(),
      speed_text(report.speed), report.epochs, plan_.epochs(), core::clock_text(eta_.epoch_left()),
      report.step, plan_.end_step(), report.learning_rate);
}

std::string TrainConsole::plain_line(const train::StepReport& report) {
  return core::format(
      "step {}/{} ({:.1f} %), epoch {:.2f}/{}, loss {:.4f}, lr {:.4g}, {}, epoch {} left, run {} "
      "left",
      report.step, plan_.end_step(),
      100 * static_cast<double>(report.step) / static_cast<double>(plan_.end_step()), report.epochs,
      plan_.epochs(), report.batch.mean_loss(), report.learning_rate, speed_text(report.speed),
      core::clock_text(eta_.epoch_left()), core::clock_text(eta_.run_left()));
}

void TrainConsole::on_step(const train::StepReport& report) {
  const double seconds = report.speed.seconds - last_seconds_;
  last_seconds_ = report.speed.seconds;
  eta_.on_step(report.step, seconds_now(), seconds);
  if (!line_.due()) return;
  line_.show(line_.on_terminal() ? terminal_line(report) : plain_line(report));
}

void TrainConsole::on_validation(int64_t samples) {
  if (settings_.quiet) return;
  if (samples == 0) {
    line_.clear();
    validation_ = std::make_unique<core::Progress>(
        "validation", "img", static_cast<uint64_t>(settings_.validation_records), settings_.quiet,
        std::chrono::duration_cast<std::chrono::seconds>(settings_.interval));
  }
  validation_->update(static_cast<uint64_t>(samples));
}

void TrainConsole::on_epoch(const train::EpochReport& report) {
  eta_.on_epoch();
  if (settings_.quiet) return;
  validation_.reset();
  line_.clear();
  constexpr size_t kIndent = 2;
  std::cout << core::fit_terminal(epoch_line(report, plan_.epochs()), kIndent) << "\n";
  if (times_.epoch().steps > 0) {
    const std::string verdict = verdict_text(find_bottleneck(times_.epoch()));
    std::cout << core::fit_terminal(core::format("  bottleneck: {}\n", verdict), 2 * kIndent);
  }
  std::cout << std::flush;
}

void TrainConsole::finish() {
  validation_.reset();
  line_.clear();
  std::cout << std::flush;
}

}  // namespace train_backbone::commands
