#include "data/prepare/input.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "data/prepare/folder_input.h"
#include "data/prepare/idx_input.h"
#include "data/prepare/label_list.h"
#include "data/prepare/tar_input.h"
#include "data/prepare/text_lists.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLookedFor =
    "looked for class folders with pictures directly in them (.JPEG, .jpg, .png; "
    "n01440764/x.JPEG), a flat folder of pictures with --labels, or IDX files "
    "(train-images-idx3-ubyte, plain or .gz)";

PrepareInput list_folder(const PrepareOptions& options) {
  const fs::path idx = find_idx_images(options.input, options.split);
  if (!idx.empty()) return list_idx(options, idx);
  PrepareInput input =
      options.labels.empty() ? list_class_folders(options) : list_flat_folder(options);
  if (!input.list.empty()) return input;
  if (options.labels.empty() && !list_flat_folder(options).list.empty()) {
    throw core::UsageError(
        core::format("--input {}: pictures without class folders; their classes have to come from "
                     "--labels (one 'FILE SYNSET' or 'SYNSET' per line)",
                     options.input));
  }
  if (!options.labels.empty() && !list_class_folders(options).list.empty()) {
    throw core::UsageError(core::format(
        "--labels {} is for a flat folder, but the pictures of {} lie in class folders",
        options.labels, options.input));
  }
  throw core::DataError(options.input, core::format("no pictures here; {}", kLookedFor));
}

PrepareInput list_file(const PrepareOptions& options) {
  const bool regular = fs::is_regular_file(options.input);
  if (regular && is_idx_images(options.input)) return list_idx(options, options.input);
  if (!regular || !is_tar(options.input)) {
    throw core::DataError(options.input,
                          "is neither a folder nor an uncompressed tar nor an IDX images file");
  }
  PrepareInput input = list_tar(options);
  if (input.list.empty()) {
    throw core::DataError(options.input,
                          "no pictures in this tar; looked for members .JPEG, .jpg, .png, directly "
                          "or in class tars (n01440764.tar)");
  }
  return input;
}

void require_classes(const PrepareOptions& options, const PictureList& list) {
  for (const Picture& picture : list.pictures()) {
    if (picture.class_number == PictureList::kNoClass) {
      throw core::UsageError(
          core::format("--input {}: {} has no class; give --labels (one 'FILE "
                       "SYNSET' or 'SYNSET' per line)",
                       options.input, list.where(picture)));
    }
  }
}

// Only class folders in one place leave open what is for validation.
void require_undivided(const PrepareOptions& options, const PrepareInput& input) {
  if (!options.validation_share || input.undivided) return;
  const std::string option = core::format("--validation_share {}", *options.validation_share);
  if (!input.folder.empty() && input.folder != fs::path(options.input)) {
    throw core::UsageError(core::format(
        "{}: --input {} has folders of its own for the splits, such as {}; prepare each with "
        "--split, or give that folder as --input to divide its pictures alone",
        option, options.input, input.folder.string()));
  }
  throw core::UsageError(
      core::format("{}: only class folders are divided, and --input {} is {}; prepare each split "
                   "with --split",
                   option, options.input, input.description));
}

// Labels of a split that lacks a class would be shifted against those of the training split.
void warn_of_own_numbers(const PrepareOptions& options, PrepareInput& input) {
  std::error_code error;
  const bool checked = fs::exists(fs::path(options.output) / "synsets.txt", error);
  if (options.split == "train" || input.numbered_elsewhere || checked) return;
  input.warnings.push_back(core::format(
      "{}: the {} classes of --split {} are numbered by themselves; where the training split has "
      "others too, give its synsets.txt as --synsets",
      options.input, input.list.classes().size(), options.split));
}

void number_classes(const PrepareOptions& options, PrepareInput& input) {
  if (!options.synsets.empty()) {
    input.list.renumber(read_class_names(options.synsets), "--synsets " + options.synsets);
    return;
  }
  if (!input.classes.empty()) {
    input.list.renumber(input.classes, "the input");
  } else {
    std::vector<std::string> classes = input.list.classes();
    std::sort(classes.begin(), classes.end());
    input.list.renumber(classes, "the input");
  }
  warn_of_own_numbers(options, input);
}

PrepareInput list_input(const PrepareOptions& options) {
  try {
    if (!fs::exists(options.input)) throw core::DataError(options.input, "no such file or folder");
    return fs::is_directory(options.input) ? list_folder(options) : list_file(options);
  } catch (const fs::filesystem_error& error) {
    throw core::DataError(error.path1(), "cannot list: " + error.code().message());
  }
}

}  // namespace

PrepareInput find_pictures(const PrepareOptions& options) {
  PrepareInput input = list_input(options);
  require_undivided(options, input);
  if (!options.labels.empty() && !input.labelled) {
    apply_label_list(options.labels, options.devkit_map, input.list);
  }
  require_classes(options, input.list);
  number_classes(options, input);
  for (const std::string& warning : input.warnings) core::log_warning("{}", warning);
  if (options.split == "train") {
    input.list.sort_by_class_and_name();
  } else {
    input.list.sort_by_name();
  }
  return input;
}

}  // namespace train_backbone::data
