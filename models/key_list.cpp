#include <algorithm>
#include <array>
#include <sstream>

#include "models/key_texts.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/models/key_map.h"

// Reads models/keys; tests/golden/make_key_lists.py tells what stands there.
namespace train_backbone::models {
namespace {

std::string_view text_of(std::string_view name) {
  for (const KeyText& text : key_texts()) {
    if (text.name == name) return text.text;
  }
  throw core::Error(core::ExitCode::kInternal, "no key list '" + std::string(name) + "'");
}

// The name that the lists have for a network.
std::string network_name(std::string_view model, bool original) {
  const KeyTraits traits = key_traits(model, original);
  std::string name(model);
  if (!original || traits.family == KeyTraits::Family::kHRNet) return name;
  if (traits.family == KeyTraits::Family::kDarkNet) return "";
  // The original's c and d are one network in names and shapes.
  if (traits.deep_stem) name.back() = 's';
  return name;
}

struct IndexRow {
  std::string prefix;
  std::string body;
  std::string head;  // empty: none
};

std::optional<IndexRow> find_row(std::string_view naming, std::string_view network) {
  std::istringstream lines{std::string(text_of("index.txt"))};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string program;
    std::string name;
    IndexRow row;
    words >> program >> name >> row.prefix >> row.body >> row.head;
    if (row.prefix == "-") row.prefix.clear();
    if (program == naming && name == network) return row;
  }
  return std::nullopt;
}

void append_norm(std::vector<KeyShape>& shapes, const std::string& prefix, int64_t channels,
                 bool counter) {
  for (const std::string leaf : {"weight", "bias", "running_mean", "running_var"}) {
    shapes.push_back({prefix + leaf, {channels}});
  }
  if (counter) shapes.push_back({prefix + "num_batches_tracked", {}});
}

void append_list(std::vector<KeyShape>& shapes, std::string_view file, const std::string& prefix,
                 int64_t num_classes) {
  std::istringstream lines{std::string(text_of(file))};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    KeyShape shape;
    words >> shape.key;
    for (std::string size; words >> size;) {
      shape.sizes.push_back(size == "N" ? num_classes : std::stoll(size));
    }
    const char last = shape.key.back();
    shape.key.insert(0, prefix);
    if (last == '*' || last == '+') {
      shape.key.pop_back();
      append_norm(shapes, shape.key, shape.sizes.at(0), last == '*');
    } else {
      shapes.push_back(std::move(shape));
    }
  }
}

}  // namespace

std::vector<KeyShape> key_list(std::string_view model, bool original, Naming naming,
                               int64_t num_classes, bool backbone_only) {
  const auto row = find_row(naming_name(naming), network_name(model, original));
  if (!row) return {};
  std::vector<KeyShape> shapes;
  append_list(shapes, row->body, row->prefix, num_classes);
  if (!row->head.empty() && !backbone_only) append_list(shapes, row->head, "", num_classes);
  return shapes;
}

}  // namespace train_backbone::models
