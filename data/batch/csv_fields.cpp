#include "data/batch/csv_fields.h"

namespace train_backbone::data {
namespace {

std::string quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result + '"';
}

// Takes the field at the front, quotes removed; false when its quotes do not fit.
bool take_field(std::string_view& line, std::string& field) {
  field.clear();
  if (!line.starts_with('"')) {
    const std::string_view text = line.substr(0, line.find(','));
    field = text;
    line.remove_prefix(text.size());
    return text.find('"') == std::string_view::npos;
  }
  line.remove_prefix(1);
  while (!line.empty()) {
    const bool quote = line.front() == '"';
    const bool doubled = line.starts_with("\"\"");
    if (!quote || doubled) field += line.front();
    line.remove_prefix(doubled ? 2 : 1);
    if (quote && !doubled) return line.empty() || line.front() == ',';
  }
  return false;
}

}  // namespace

std::string join_fields(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    line += quoted(field);
  }
  return line;
}

std::optional<std::vector<std::string>> split_fields(std::string_view line) {
  std::vector<std::string> fields;
  while (true) {
    if (!take_field(line, fields.emplace_back())) return std::nullopt;
    if (line.empty()) return fields;
    line.remove_prefix(1);
  }
}

}  // namespace train_backbone::data
