#include "data/prepare/idx_input.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "data/prepare/idx_file.h"
#include "data/prepare/text_lists.h"
#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/data/image/encode_png.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

constexpr int kImageDimensions = 3;
constexpr int kLabelDimensions = 1;
constexpr std::string_view kImagesPart = "images";
constexpr std::string_view kImagesRank = "idx3";

// Makes PNG files of pictures in memory.
class IdxReader : public PictureReader {
 public:
  explicit IdxReader(IdxFile images) : images_(std::move(images)) {}

  void read(const PictureList& /*list*/, const Picture& picture,
            std::vector<uint8_t>& bytes) const override {
    const auto height = static_cast<int>(images_.dimensions[1]);
    const auto width = static_cast<int>(images_.dimensions[2]);
    const size_t pixels = static_cast<size_t>(height) * static_cast<size_t>(width);
    const std::span all(images_.values);
    encode_png(all.subspan(picture.offset * pixels, pixels), height, width, 1, bytes);
  }

 private:
  IdxFile images_;
};

// train-images-idx3-ubyte.gz -> train-labels-idx1-ubyte, plain or gzipped.
fs::path labels_beside(const fs::path& images) {
  std::string name = images.filename().string();
  const size_t part = name.rfind(kImagesPart);
  const size_t rank = name.rfind(kImagesRank);
  if (part != std::string::npos && rank != std::string::npos && rank > part) {
    name.replace(rank, kImagesRank.size(), "idx1");
    name.replace(part, kImagesPart.size(), "labels");
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    for (const std::string& candidate : {name, name + ".gz"}) {
      if (fs::exists(images.parent_path() / candidate)) return images.parent_path() / candidate;
    }
  }
  throw core::UsageError(core::format(
      "--input {}: no labels file beside it (images-idx3 -> labels-idx1); name it with --labels",
      images.string()));
}

IdxFile read_whole(const fs::path& path, int dimensions, std::string_view what) {
  IdxFile idx = read_idx(path);
  if (static_cast<int>(idx.dimensions.size()) == dimensions) return idx;
  throw core::DataError(
      path, core::format("has {} dimensions; {} have {}", idx.dimensions.size(), what, dimensions));
}

std::vector<std::string> value_names(const PrepareOptions& options, const fs::path& labels,
                                     const IdxFile& values) {
  const size_t needed = size_t{1} + *std::max_element(values.values.begin(), values.values.end());
  std::vector<std::string> names;
  if (options.synsets.empty()) {
    for (size_t value = 0; value < needed; ++value) names.push_back(std::to_string(value));
    return names;
  }
  names = read_class_names(options.synsets);
  if (names.size() >= needed) return names;
  throw core::DataError(labels, core::format("holds label {}, but --synsets {} names {} classes",
                                             needed - 1, options.synsets, names.size()));
}

std::string stem_of(const fs::path& images) {
  return images.extension() == ".gz" ? images.stem().string() : images.filename().string();
}

}  // namespace

bool is_idx_images(const fs::path& path) { return idx_dimensions(path) == kImageDimensions; }

fs::path find_idx_images(const fs::path& folder, std::string_view split) {
  const std::string_view prefix = split == "train" ? "train" : "t10k";
  for (const std::string_view middle : {"-images-idx3-ubyte", "-images.idx3-ubyte"}) {
    for (const std::string_view ending : {"", ".gz"}) {
      const fs::path path = folder / core::format("{}{}{}", prefix, middle, ending);
      if (fs::is_regular_file(path)) return path;
    }
  }
  return {};
}

PrepareInput list_idx(const PrepareOptions& options, const fs::path& images) {
  const fs::path labels_path =
      options.labels.empty() ? labels_beside(images) : fs::path(options.labels);
  IdxFile pixels = read_whole(images, kImageDimensions, "pictures");
  const IdxFile labels = read_whole(labels_path, kLabelDimensions, "labels");
  const uint32_t count = pixels.dimensions[0];
  if (labels.dimensions[0] != count) {
    throw core::DataError(labels_path, core::format("holds {} labels for the {} pictures of {}",
                                                    labels.dimensions[0], count, images.string()));
  }
  PrepareInput input;
  input.description = "IDX pictures";
  input.classes = value_names(options, labels_path, labels);
  for (const std::string& name : input.classes) input.list.add_class(name);
  const uint32_t container = input.list.add_container(images);
  const uint64_t bytes = pixels.values.size() / count;
  for (uint32_t i = 0; i < count; ++i) {
    input.list.add(container, labels.values[i], core::format("{}-{:06}", stem_of(images), i), i,
                   bytes);
  }
  input.labelled = true;
  input.numbered_elsewhere = true;  // by the values
  input.digest = core::crc32c(pixels.values);
  input.reader = std::make_unique<IdxReader>(std::move(pixels));
  return input;
}

}  // namespace train_backbone::data
