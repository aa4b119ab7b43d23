#include "train_backbone/io/metrics_writer.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

// The lines whose key is known and not above `keep_through`.
template <class KeyOf>
std::vector<std::string> kept_lines(std::vector<std::string> lines, int64_t keep_through,
                                    KeyOf key_of) {
  std::erase_if(lines, [&](const std::string& line) {
    const std::optional<int64_t> key = key_of(line);
    return !key || *key > keep_through;
  });
  return lines;
}

std::vector<std::string> kept_jsonl_lines(const std::filesystem::path& path, const std::string& key,
                                          int64_t keep_through) {
  if (keep_through == kKeepNothing) return {};
  return kept_lines(read_lines(path), keep_through,
                    [&key](const std::string& line) -> std::optional<int64_t> {
                      const auto row = nlohmann::json::parse(line, nullptr, false);
                      if (!row.is_object() || !row.contains(key)) return std::nullopt;
                      const auto& value = row.at(key);
                      if (!value.is_number_integer()) return std::nullopt;
                      return value.get<int64_t>();
                    });
}

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char character : text) {
    if (character == '"') quoted += '"';
    // Lines are what a resumed run keeps or drops: a value must not span two.
    quoted += character == '\n' || character == '\r' ? ' ' : character;
  }
  return quoted + '"';
}

std::string csv_value(const MetricValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return csv_text(*text);
  if (const auto* number = std::get_if<double>(&value)) return core::format("{}", *number);
  return core::format("{}", std::get<int64_t>(value));
}

std::string csv_header(const std::vector<std::string>& columns) {
  std::string header;
  for (const std::string& column : columns) {
    header += (header.empty() ? "" : ",") + csv_text(column);
  }
  return header;
}

std::optional<int64_t> csv_key(const std::string& line, size_t columns) {
  int64_t key = 0;
  const char* end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data(), end, key);
  const auto commas = static_cast<size_t>(std::count(line.begin(), line.end(), ','));
  const bool complete = columns == 1 ? stop == end : stop != end && *stop == ',';
  if (error != std::errc{} || !complete || commas + 1 < columns) return std::nullopt;
  return key;
}

std::vector<std::string> kept_csv_lines(const std::filesystem::path& path,
                                        const std::vector<std::string>& columns,
                                        int64_t keep_through) {
  const std::string header = csv_header(columns);
  if (keep_through == kKeepNothing) return {header};
  std::vector<std::string> lines = read_lines(path);
  if (lines.empty()) return {header};
  if (lines.front() != header) {
    throw core::DataError(path, core::format("its columns are {}, this run writes {}; move the "
                                             "file away to go on",
                                             lines.front(), header));
  }
  lines.erase(lines.begin());
  lines = kept_lines(std::move(lines), keep_through,
                     [&](const std::string& line) { return csv_key(line, columns.size()); });
  lines.insert(lines.begin(), header);
  return lines;
}

}  // namespace

JsonlWriter::JsonlWriter(const std::filesystem::path& path, const std::string& key,
                         int64_t keep_through)
    : file_(path, kept_jsonl_lines(path, key, keep_through)) {}

void JsonlWriter::append(const MetricRow& row) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : row) {
    std::visit([&object, &key = name](const auto& held) { object[key] = held; }, value);
  }
  file_.append(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

CsvWriter::CsvWriter(const std::filesystem::path& path, std::vector<std::string> columns,
                     int64_t keep_through)
    : columns_(std::move(columns)), file_(path, kept_csv_lines(path, columns_, keep_through)) {}

void CsvWriter::append(const MetricRow& row) {
  std::vector<std::string> fields(columns_.size());
  for (const auto& [name, value] : row) {
    const auto column = std::find(columns_.begin(), columns_.end(), name);
    if (column == columns_.end()) {
      throw core::Error(core::ExitCode::kInternal,
                        core::format("metric '{}' is not a column of the CSV file", name));
    }
    fields[static_cast<size_t>(column - columns_.begin())] = csv_value(value);
  }
  file_.append(core::format("{}", fmt::join(fields, ",")));
}

}  // namespace train_backbone::io
