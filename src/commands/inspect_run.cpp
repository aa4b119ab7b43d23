#include "commands/inspect_run.h"

#include <iostream>
#include <string>
#include <vector>

#include "commands/json_line.h"
#include "commands/run_summary.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string progress_text(const RunSummary& summary) {
  if (summary.steps == 0) {
    const bool saved = !summary.checkpoints.empty() || !summary.weights.empty();
    return saved ? "whose weights/last.safetensors would tell how far it is" : "nothing saved yet";
  }
  const std::string of = summary.num_epochs ? core::format(" of {:g}", *summary.num_epochs) : "";
  return core::format("{:g}{} epochs done, {}", summary.epochs, of,
                      core::counted(static_cast<uint64_t>(summary.steps), "step"));
}

std::string accuracy_text(const RunSummary& summary) {
  if (!summary.last) return "no validation yet";
  return core::format("{:.2f} % at the last validation (epoch {}), {:.2f} % at best (epoch {})",
                      summary.last->top1, summary.last->epoch, summary.best->top1,
                      summary.best->epoch);
}

std::vector<std::string> names_of(const std::vector<fs::path>& paths) {
  std::vector<std::string> names;
  for (const fs::path& path : paths) names.push_back(path.filename().string());
  return names;
}

std::string list_text(const std::vector<fs::path>& paths) {
  return paths.empty() ? "none" : core::format("{}", fmt::join(names_of(paths), ", "));
}

void print_summary(const fs::path& path, const RunSummary& summary) {
  std::cout << core::format("{}: a run of {}, {}\n", path.string(),
                            summary.model.empty() ? "an unknown model" : summary.model,
                            progress_text(summary));
  for (const auto& [name, value] : summary.options) {
    std::cout << core::format("  {} = {}\n", name, value);
  }
  std::cout << core::format("top-1        {}\ncheckpoints  {}\nweights      {}\nreport       {}\n",
                            accuracy_text(summary), list_text(summary.checkpoints),
                            list_text(summary.weights),
                            summary.report.empty() ? "none" : summary.report.string());
}

// TOML writes texts, numbers, truth values and lists of them as JSON does.
Json json_of(const std::string& toml) {
  const Json value = Json::parse(toml, /*cb=*/nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json(toml) : value;
}

template <class Value>
Json or_null(bool is_there, const Value& value) {
  return is_there ? Json(value) : Json(nullptr);
}

}  // namespace

int inspect_run(const fs::path& path) {
  const RunSummary summary = examine_run(path);
  print_summary(path, summary);
  for (const std::string& damage : summary.damage) core::log_error("{}", damage);
  const bool whole = summary.damage.empty();
  const RunAccuracy last = summary.last.value_or(RunAccuracy{});
  const RunAccuracy best = summary.best.value_or(RunAccuracy{});
  Json options = Json::object();
  for (const auto& [name, value] : summary.options) options[name] = json_of(value);
  print_json_line(
      {{"path", path.string()},
       {"kind", "run"},
       {"model", or_null(!summary.model.empty(), summary.model)},
       {"steps", summary.steps},
       {"epochs", summary.epochs},
       {"num_epochs", or_null(summary.num_epochs.has_value(), summary.num_epochs.value_or(0))},
       {"top1", or_null(summary.last.has_value(), last.top1)},
       {"best_top1", or_null(summary.best.has_value(), best.top1)},
       {"best_epoch", or_null(summary.best.has_value(), best.epoch)},
       {"options", options},
       {"checkpoints", names_of(summary.checkpoints)},
       {"weights", names_of(summary.weights)},
       {"report", or_null(!summary.report.empty(), summary.report.string())},
       {"damaged", summary.damage.size()},
       {"whole", whole}});
  return static_cast<int>(whole ? core::ExitCode::kDone : core::ExitCode::kData);
}

}  // namespace train_backbone::commands
