#include "commands/run_tensorboard.h"

#include <span>
#include <utility>
#include <vector>

#include "commands/metric_rows.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

constexpr std::string_view kInterval = "interval";
constexpr std::string_view kEpoch = "epoch";

// "PREFIX_x" -> "PREFIX/x".
std::string grouped(std::string_view name, std::string_view prefix) {
  return core::format("{}/{}", prefix, name.substr(prefix.size() + 1));
}

}  // namespace

std::string tensorboard_tag(std::string_view kind, std::string_view name) {
  if (kind == kInterval) {
    return name.starts_with("train_") ? grouped(name, "train") : core::format("train/{}", name);
  }
  return name.starts_with("validation_") ? grouped(name, "validation")
                                         : core::format("epoch/{}", name);
}

RunTensorBoard::RunTensorBoard(const io::RunDirectory& directory, int64_t resumed_step,
                               const Sources& sources, const Picture& sample,
                               int64_t histograms_every)
    : writer_(directory.tensorboard(), resumed_step + 1),
      sources_(sources),
      histograms_every_(histograms_every) {
  if (resumed_step == io::kKeepNothing) add_beginning(directory, sample);
}

void RunTensorBoard::add_beginning(const io::RunDirectory& directory, const Picture& sample) {
  writer_.add_text(0, "configuration",
                   core::format("```\n{}```\n", core::read_file(directory.run_toml())));
  if (sample.pixels.empty()) return;
  writer_.add_picture(0, "input/augmented", sample.height, sample.width, png_of(sample));
}

void RunTensorBoard::add(const io::MetricRow& row, std::string_view kind) {
  std::vector<io::TensorBoardWriter::Scalar> scalars;
  int64_t step = 0;
  for (const auto& [name, value] : row) {
    if (name == "step") {
      step = std::get<int64_t>(value);
    } else if (const auto* number = std::get_if<double>(&value)) {
      scalars.emplace_back(tensorboard_tag(kind, name), *number);
    } else if (const auto* count = std::get_if<int64_t>(&value)) {
      scalars.emplace_back(tensorboard_tag(kind, name), static_cast<double>(*count));
    }
  }
  writer_.add_scalars(step, scalars);
}

void RunTensorBoard::on_interval(const train::IntervalReport& report) {
  add(interval_row(report, sources_.times.interval(), sources_.bad_records.count()), kInterval);
}

void RunTensorBoard::on_epoch(const train::EpochReport& report) {
  add(epoch_row(report, sources_.times.epoch(), sources_.bad_records.count()), kEpoch);
  const bool due = histograms_every_ > 0 && report.epoch % histograms_every_ == 0;
  if (due && report.complete) add_histograms(report.step);
}

void RunTensorBoard::add_histograms(int64_t step) {
  std::vector<io::TensorBoardWriter::TaggedHistogram> histograms;
  for (const auto& item : sources_.model.named_parameters()) {
    const at::Tensor values = item.value().detach().to(at::kCPU, at::kFloat).contiguous();
    const std::span<const float> span(values.const_data_ptr<float>(),
                                      static_cast<size_t>(values.numel()));
    histograms.emplace_back(core::format("weights/{}", item.key()), io::histogram_of(span));
  }
  writer_.add_histograms(step, histograms);
}

void RunTensorBoard::on_checkpoint(const train::RunState& /*state*/) { writer_.sync(); }

}  // namespace train_backbone::commands
