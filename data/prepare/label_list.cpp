#include "data/prepare/label_list.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/prepare/text_lists.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

struct Label {
  std::string file;  // "" in a list of synsets alone
  uint32_t class_number = 0;
};

class ListReader {
 public:
  ListReader(const fs::path& path, const fs::path& devkit_map, PictureList& list)
      : path_(path), list_(list) {
    if (!devkit_map.empty()) devkit_ = read_devkit_map(devkit_map);
  }

  std::vector<Label> read() {
    std::vector<Label> labels;
    for_each_entry(path_, [&](std::string_view line, uint64_t number) {
      labels.push_back(parse(line, number));
      if (labels.back().file.empty() != labels.front().file.empty()) {
        throw core::DataError(path_, core::format("line {} is not of the form of the first: every "
                                                  "line is 'FILE SYNSET' or every one 'SYNSET'",
                                                  number));
      }
    });
    if (labels.empty()) throw core::DataError(path_, "holds no labels");
    return labels;
  }

 private:
  Label parse(std::string_view line, uint64_t number) {
    // The class is the last word: file names may hold blanks.
    const size_t blank = line.find_last_of(" \t");
    std::string_view file = blank == std::string_view::npos ? "" : line.substr(0, blank);
    file = file.substr(file.find_last_of('/') + 1);
    file = file.substr(0, file.find_last_not_of(" \t") + 1);
    const std::string_view word = line.substr(blank == std::string_view::npos ? 0 : blank + 1);
    return {.file = std::string(file), .class_number = list_.add_class(synset(word, number))};
  }

  std::string_view synset(std::string_view word, uint64_t number) const {
    if (!is_number(word)) return word;
    if (devkit_.empty()) {
      throw core::UsageError(core::format(
          "--labels {}: line {} holds the number {}, not a synset; the devkit's ids are not in the "
          "order of the synsets, so numbers need --devkit_map with one 'ID SYNSET' per line",
          path_.string(), number, word));
    }
    const auto found = devkit_.find(word);
    if (found != devkit_.end()) return found->second;
    throw core::DataError(path_,
                          core::format("line {}: id {} is not in the devkit's map", number, word));
  }

  const fs::path& path_;
  PictureList& list_;
  std::map<std::string, std::string, std::less<>> devkit_;
};

void apply_by_order(const fs::path& path, const std::vector<Label>& labels, PictureList& list) {
  if (labels.size() != list.size()) {
    throw core::DataError(
        path, core::format("holds {} labels for {} pictures", labels.size(), list.size()));
  }
  list.sort_by_name();
  for (size_t i = 0; i < labels.size(); ++i) {
    list.pictures()[i].class_number = labels[i].class_number;
  }
}

void apply_by_file(const fs::path& path, std::vector<Label> labels, PictureList& list) {
  const auto by_file = [](const Label& a, const Label& b) { return a.file < b.file; };
  std::sort(labels.begin(), labels.end(), by_file);
  const auto twice =
      std::adjacent_find(labels.begin(), labels.end(),
                         [](const Label& a, const Label& b) { return a.file == b.file; });
  if (twice != labels.end()) {
    throw core::DataError(path, core::format("names {} twice", twice->file));
  }
  for (Picture& picture : list.pictures()) {
    const auto found = std::lower_bound(
        labels.begin(), labels.end(), list.name(picture),
        [](const Label& label, std::string_view name) { return label.file < name; });
    if (found == labels.end() || found->file != list.name(picture)) {
      throw core::DataError(path, core::format("has no label for {}", list.where(picture)));
    }
    picture.class_number = found->class_number;
  }
  if (labels.size() != list.size()) {
    if (labels.size() < list.size()) {
      throw core::DataError(
          path, core::format("has one label for several pictures of the same name; {} labels for "
                             "{} pictures",
                             labels.size(), list.size()));
    }
    throw core::DataError(path, core::format("names {} files, of which {} are not there",
                                             labels.size(), labels.size() - list.size()));
  }
}

}  // namespace

void apply_label_list(const fs::path& labels, const fs::path& devkit_map, PictureList& list) {
  list.forget_classes();
  std::vector<Label> read = ListReader(labels, devkit_map, list).read();
  if (read.front().file.empty()) {
    apply_by_order(labels, read, list);
  } else {
    apply_by_file(labels, std::move(read), list);
  }
}

}  // namespace train_backbone::data
