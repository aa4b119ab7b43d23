#include "commands/run_summary.h"

#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "train_backbone/core/errors.h"
#include "train_backbone/io/checkpoint.h"
#include "train_backbone/io/line_file.h"
#include "train_backbone/io/run_directory.h"
#include "train_backbone/io/safetensors.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string unquoted(const std::string& text) {
  return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

// Lines "name = value  # source", as config::OptionTable writes them.
void read_options(const fs::path& run_toml, RunSummary& summary) {
  constexpr std::string_view kIs = " = ";
  constexpr std::string_view kFrom = "  # ";
  for (const std::string& line : io::read_lines(run_toml)) {
    const size_t is = line.find(kIs);
    const size_t from = line.rfind(kFrom);
    if (line.starts_with('#') || is == std::string::npos || from == std::string::npos) continue;
    const std::string name = line.substr(0, is);
    const size_t begin = is + kIs.size();
    if (from < begin) continue;
    const std::string value = line.substr(begin, from - begin);
    if (name == "model") summary.model = unquoted(value);
    if (name == "num_epochs") summary.num_epochs = std::strtod(value.c_str(), nullptr);
    if (line.substr(from + kFrom.size()) != "default") summary.options.emplace_back(name, value);
  }
}

void read_accuracy(const fs::path& metrics_jsonl, RunSummary& summary) {
  for (const std::string& text : io::read_lines(metrics_jsonl)) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object()) continue;
    const auto kind = line.find("kind");
    if (kind == line.end() || *kind != "epoch") continue;
    const auto top1 = line.find("validation_top1");
    const auto epoch = line.find("epoch");
    if (top1 == line.end() || !top1->is_number()) continue;
    if (epoch == line.end() || !epoch->is_number_integer()) continue;
    summary.last = {.top1 = top1->get<double>(), .epoch = epoch->get<int64_t>()};
    if (!summary.best || summary.last->top1 > summary.best->top1) summary.best = summary.last;
  }
}

double number_in(const io::Metadata& metadata, const char* name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

// `read` of a file or folder that is there: whether it still is, damaged or not.
bool examine(const fs::path& path, RunSummary& summary, const std::function<void()>& read) {
  try {
    read();
  } catch (const core::Error& error) {
    if (!is_there(path)) return false;
    summary.damage.emplace_back(error.what());
  }
  return true;
}

void read_weights(const io::RunFiles& files, RunSummary& summary) {
  for (const fs::path& path : {files.last_weights(), files.best_weights()}) {
    if (!is_there(path)) continue;
    const auto read = [&] {
      const io::Metadata metadata = io::read_safetensors(path).metadata;
      if (path != files.last_weights()) return;
      summary.steps = static_cast<int64_t>(number_in(metadata, "step"));
      summary.epochs = number_in(metadata, "epoch");
    };
    if (examine(path, summary, read)) summary.weights.push_back(path);
  }
}

}  // namespace

bool is_run_folder(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return false;  // nothing lies below a file
  const io::RunFiles files(path);
  return is_there(files.run_toml()) || is_there(files.metrics_jsonl()) ||
         !io::list_checkpoints(files.checkpoints()).empty();
}

RunSummary examine_run(const fs::path& path) {
  const io::RunFiles files(path);
  RunSummary summary;
  read_options(files.run_toml(), summary);
  read_accuracy(files.metrics_jsonl(), summary);
  read_weights(files, summary);
  for (const fs::path& checkpoint : io::list_checkpoints(files.checkpoints())) {
    const auto read = [&] { io::load_checkpoint_state(checkpoint); };
    if (examine(checkpoint, summary, read)) summary.checkpoints.push_back(checkpoint);
  }
  if (is_there(files.report())) summary.report = files.report();
  return summary;
}

}  // namespace train_backbone::commands
