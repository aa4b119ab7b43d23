#include "data/prepare/folder_input.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kPictureEndings = {".jpeg", ".jpg", ".jpe", ".jfif",
                                                             ".png"};
constexpr std::array<std::string_view, 4> kUsualSplits = {"train", "validation", "val", "test"};

// Reads a picture that is a file of its own.
class FileReader : public PictureReader {
 public:
  void read(const PictureList& list, const Picture& picture,
            std::vector<uint8_t>& bytes) const override {
    const fs::path path = list.container(picture) / list.name(picture);
    const core::FileDescriptor file = core::open_for_reading(path);
    const uint64_t size = core::file_size(file, path);
    require_picture_size(path, size);
    bytes.resize(size);
    bytes.resize(core::read_at(file, path, 0, bytes));
  }
};

// What was passed over in the input, to be said once.
struct Ignored {
  uint64_t count = 0;
  std::string example;

  void add(const fs::path& path) {
    if (count++ == 0) example = path.string();
  }
  void report(std::vector<std::string>& warnings) const {
    if (count == 0) return;
    warnings.push_back(core::format(
        "{} entries of the input are passed over, {} first: not pictures by name", count, example));
  }
};

fs::directory_iterator open_folder(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) throw core::DataError(folder, core::format("cannot list: {}", error.message()));
  return entries;
}

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

void list_pictures(const fs::path& folder, uint32_t class_number, PictureList& list,
                   Ignored& ignored) {
  const uint32_t container = list.add_container(folder);
  for (const fs::directory_entry& entry : open_folder(folder)) {
    if (is_hidden(entry.path())) continue;
    std::error_code error;
    const std::string name = entry.path().filename().string();
    if (!has_picture_name(name) || entry.is_directory(error)) {
      ignored.add(entry.path());
      continue;
    }
    // A file that cannot be looked at is a bad picture, to be named when it is read.
    const uint64_t bytes = entry.file_size(error);
    list.add(container, class_number, name, 0, error ? 0 : bytes);
  }
}

std::vector<std::string> subfolders(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : open_folder(folder)) {
    if (!is_hidden(entry.path()) && entry.is_directory()) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_usual_split(std::string_view name) {
  return std::find(kUsualSplits.begin(), kUsualSplits.end(), name) != kUsualSplits.end();
}

fs::path without_slash(const fs::path& folder) {
  const fs::path own = fs::absolute(folder).lexically_normal();
  return own.has_filename() ? own : own.parent_path();  // "validation/"
}

// Whether the folder itself is called as a split is, as in --input pictures/validation.
bool named_as_split(const fs::path& folder, std::string_view split) {
  const std::string name = without_slash(folder).filename().string();
  return name == split || is_usual_split(name);
}

// The class folders of the training split that go with another split: beside it below the input, or
// beside the input when that is the split's own folder. Empty when there are none.
fs::path training_folder(const PrepareOptions& options, const fs::path& folder) {
  fs::path training = fs::path(options.input) / "train";
  if (folder == fs::path(options.input)) {
    if (!named_as_split(folder, options.split)) return {};
    training = without_slash(folder).parent_path() / "train";
  }
  const bool there = options.split != "train" && fs::is_directory(training);
  return there && !subfolders(training).empty() ? training : fs::path();
}

// Only the name of its folder can say that the pictures of a split are not those of train.
void warn_of_shared_pictures(const PrepareOptions& options, PrepareInput& input) {
  if (options.split == "train" || input.list.empty()) return;
  if (named_as_split(input.folder, options.split)) return;
  input.warnings.push_back(core::format(
      "{}: --split {} takes all {} of these class folders, the same that --split train takes; "
      "right only where they are not trained on. Else let one run make both splits, with "
      "--validation_share 0.1 and without --split, or keep the pictures apart in train/ and "
      "validation/ below --input",
      options.input, options.split, core::counted(input.list.size(), "picture")));
}

// Pictures beside class folders belong to no class.
void warn_of_strays(const fs::path& folder, std::vector<std::string>& warnings) {
  uint64_t count = 0;
  std::string example;
  for (const fs::directory_entry& entry : open_folder(folder)) {
    std::error_code error;
    if (is_hidden(entry.path()) || entry.is_directory(error)) continue;
    if (!has_picture_name(entry.path().filename().string())) continue;
    if (count++ == 0) example = entry.path().string();
  }
  if (count == 0) return;
  warnings.push_back(core::format(
      "{} pictures lie beside the class folders and are passed over: {} first", count, example));
}

}  // namespace

bool has_picture_name(std::string_view name) {
  const auto same_letter = [](char a, char b) {
    return a == std::tolower(static_cast<unsigned char>(b));
  };
  return std::any_of(kPictureEndings.begin(), kPictureEndings.end(), [&](std::string_view ending) {
    return name.size() > ending.size() &&
           std::equal(ending.begin(), ending.end(), name.end() - static_cast<long>(ending.size()),
                      same_letter);
  });
}

fs::path split_folder(const fs::path& root, std::string_view split, SplitHolds holds) {
  const std::vector<std::string> names = subfolders(root);
  const bool only_splits = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name == split || is_usual_split(name);
  });
  const auto is_split = [&](std::string_view name) {
    if (!std::binary_search(names.begin(), names.end(), name)) return false;
    return only_splits || holds == SplitHolds::kPictures || !subfolders(root / name).empty();
  };
  if (is_split(split)) return root / split;
  if (split == "validation" && is_split("val")) return root / "val";
  for (const std::string_view other : kUsualSplits) {
    if (is_split(other)) {
      throw core::DataError(
          root, core::format("holds the folder '{}' but none for --split {}", other, split));
    }
  }
  return root;
}

PrepareInput list_class_folders(const PrepareOptions& options) {
  const fs::path folder = split_folder(options.input, options.split, SplitHolds::kClassFolders);
  PrepareInput input;
  input.description = "class folders";
  input.folder = folder;
  input.reader = std::make_unique<FileReader>();
  Ignored ignored;
  for (const std::string& name : subfolders(folder)) {
    const size_t before = input.list.size();
    list_pictures(folder / name, input.list.add_class(name), input.list, ignored);
    if (input.list.size() == before) {
      input.warnings.push_back(
          core::format("class folder {} holds no pictures", (folder / name).string()));
    }
  }
  ignored.report(input.warnings);
  warn_of_strays(folder, input.warnings);
  input.undivided = folder == fs::path(options.input);
  warn_of_shared_pictures(options, input);
  const fs::path training = training_folder(options, folder);
  input.numbered_elsewhere = !training.empty();
  input.classes = subfolders(training.empty() ? folder : training);
  return input;
}

PrepareInput list_flat_folder(const PrepareOptions& options) {
  const fs::path folder = split_folder(options.input, options.split, SplitHolds::kPictures);
  PrepareInput input;
  input.description = "a flat folder with a label list";
  input.folder = folder;
  input.reader = std::make_unique<FileReader>();
  Ignored ignored;
  list_pictures(folder, PictureList::kNoClass, input.list, ignored);
  ignored.report(input.warnings);
  return input;
}

}  // namespace train_backbone::data
