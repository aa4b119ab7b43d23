#include "commands/prediction_file.h"

#include <optional>
#include <string>
#include <string_view>

#include "train_backbone/core/format.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/train/ranking.h"

namespace train_backbone::commands {
namespace {

constexpr int64_t kClasses = 5;

std::string quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

std::string header() {
  std::string line = "file,label";
  for (int64_t i = 1; i <= kClasses; ++i) line += core::format(",class_{},probability_{}", i, i);
  return line + '\n';
}

}  // namespace

PredictionFile::PredictionFile(const std::filesystem::path& path, const data::RecordStore& store)
    : store_(store), file_(path) {
  file_.write(header());
}

void PredictionFile::append(const data::Batch& batch, const at::Tensor& logits) {
  const at::Tensor rows = logits.cpu().contiguous();
  const auto classes = static_cast<size_t>(rows.size(1));
  const float* row = rows.const_data_ptr<float>();
  for (size_t i = 0; i < batch.records.size(); ++i, row += classes) {
    const std::optional<data::ExampleView> example =
        data::parse_example(store_.read(batch.records[i], buffer_));
    std::string line = quoted(example ? example->filename : std::string_view());
    line += core::format(",{}", batch.labels[i]);
    const auto best = train::best_classes({row, classes}, kClasses);
    for (const train::RankedClass& ranked : best) {
      line += core::format(",{},{:.6g}", ranked.label, ranked.probability);
    }
    for (size_t missing = best.size(); missing < kClasses; ++missing) line += ",,";
    file_.write(line + '\n');
  }
}

}  // namespace train_backbone::commands
