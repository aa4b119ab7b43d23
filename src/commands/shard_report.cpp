#include "commands/shard_report.h"

#include <algorithm>
#include <span>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/data/image/decode.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/record_reader.h"
#include "train_backbone/data/record/shard_files.h"

namespace train_backbone::commands {
namespace {

namespace fs = std::filesystem;

std::string describe_picture(std::span<const uint8_t> encoded) {
  try {
    const data::ImageHeader header = data::read_header(encoded);
    const bool png = header.format == data::ImageFormat::kPng;
    return core::format("{} {}x{}", png ? "PNG" : "JPEG", header.width, header.height);
  } catch (const data::ImageError& error) {
    return error.what();
  }
}

void add_record(const fs::path& path, uint64_t offset, std::span<const uint8_t> record,
                size_t sample_size, ShardReport& report) {
  ++report.records;
  const std::optional<data::ExampleView> example = data::parse_example(record);
  if (!example || !example->label) {
    ++report.unlabelled;
  } else {
    const int64_t label = *example->label;
    report.lowest_label = std::min(label, report.lowest_label.value_or(label));
    report.highest_label = std::max(label, report.highest_label.value_or(label));
  }
  if (report.sample.size() >= sample_size) return;
  RecordSummary& summary = report.sample.emplace_back();
  summary.shard = path.filename().string();
  summary.offset = offset;
  if (!example) {
    summary.picture = "not a tf.train.Example";
    return;
  }
  summary.label = example->label;
  summary.filename = std::string(example->filename);
  summary.bytes = example->encoded.size();
  summary.picture = describe_picture(example->encoded);
}

// Behind the record at the reader's position, or false when its frame does not say where that is.
bool step_over(data::RecordReader& reader) {
  try {
    uint64_t length = 0;
    reader.skip(length);
    return true;
  } catch (const core::DataError&) {
    return false;
  }
}

}  // namespace

std::vector<fs::path> find_shards(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return data::find_all_shard_files(path);
  return {path};  // opening it says what is wrong with it
}

void examine_shard(const fs::path& path, size_t sample_size, ShardReport& report) {
  data::RecordReader reader(path);
  ++report.shards;
  report.bytes += fs::file_size(path);
  std::vector<uint8_t> record;
  for (;;) {
    const uint64_t offset = reader.offset();
    try {
      if (reader.next(record) == data::ReadResult::kEnd) return;
      add_record(path, offset, record, sample_size, report);
    } catch (const core::DataError& error) {
      report.damage.emplace_back(error.what());
      if (!step_over(reader)) return;
    }
  }
}

}  // namespace train_backbone::commands
