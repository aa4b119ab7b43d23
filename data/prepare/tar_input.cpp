#include "data/prepare/tar_input.h"

#include <array>
#include <string_view>
#include <utility>

#include "data/prepare/folder_input.h"
#include "data/prepare/tar_reader.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMagicOffset = 257;
constexpr std::string_view kTarEnding = ".tar";

// Reads a picture at its place inside a tar.
class MemberReader : public PictureReader {
 public:
  MemberReader(core::FileDescriptor file, fs::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  void read(const PictureList& list, const Picture& picture,
            std::vector<uint8_t>& bytes) const override {
    require_picture_size(list.where(picture), picture.bytes);
    bytes.resize(picture.bytes);
    if (core::read_at(file_, path_, picture.offset, bytes) != bytes.size()) {
      throw core::DataError(path_, picture.offset,
                            core::format("truncated inside {}", list.name(picture)));
    }
  }

 private:
  core::FileDescriptor file_;
  fs::path path_;
};

// Walks a tar and the tars in it.
class TarLister {
 public:
  TarLister(const core::FileDescriptor& file, const fs::path& path, PictureList& list)
      : file_(file), path_(path), list_(list), container_(list.add_container(path)) {}

  void walk(uint64_t begin, uint64_t end, const std::string& class_of_tar) {
    // A class counts even where its tar is empty.
    if (!class_of_tar.empty()) list_.add_class(class_of_tar);
    TarReader reader(file_, path_, begin, end);
    while (const std::optional<TarMember> member = reader.next()) {
      const fs::path name(member->name);
      if (name.extension() == kTarEnding && class_of_tar.empty()) {
        walk(member->offset, member->offset + member->bytes, name.stem().string());
      } else if (has_picture_name(member->name) && !name.filename().native().starts_with('.')) {
        add(*member, name, class_of_tar);
      } else {
        ++ignored_;
      }
    }
    links_ += reader.links();
    cut_off_ += reader.ended_early() ? 1 : 0;
  }

  void report(std::vector<std::string>& warnings) const {
    const auto say = [&](uint64_t count, std::string_view what) {
      if (count > 0) warnings.push_back(core::format("{}: {} {}", path_.string(), count, what));
    };
    say(ignored_, "members are passed over: not pictures by name");
    say(links_, "links are passed over, pictures or not: pack the files themselves");
    say(cut_off_, "archives in it, itself counted, have no end blocks and may be cut off");
  }

 private:
  void add(const TarMember& member, const fs::path& name, const std::string& class_of_tar) {
    std::string class_name = class_of_tar;
    if (class_name.empty()) class_name = name.parent_path().filename().string();
    const bool known = !class_name.empty() && class_name != ".";
    const uint32_t number = known ? list_.add_class(class_name) : PictureList::kNoClass;
    list_.add(container_, number, name.filename().string(), member.offset, member.bytes);
  }

  const core::FileDescriptor& file_;
  const fs::path& path_;
  PictureList& list_;
  uint32_t container_;
  uint64_t ignored_ = 0;
  uint64_t links_ = 0;
  uint64_t cut_off_ = 0;
};

}  // namespace

bool is_tar(const fs::path& path) {
  const core::FileDescriptor file = core::open_for_reading(path);
  std::array<uint8_t, 5> magic{};
  core::read_at(file, path, kMagicOffset, magic);
  return std::string_view(reinterpret_cast<const char*>(magic.data()), magic.size()) == "ustar";
}

PrepareInput list_tar(const PrepareOptions& options) {
  const fs::path path(options.input);
  core::FileDescriptor file = core::open_for_reading(path);
  PrepareInput input;
  input.description = "a tar";
  TarLister lister(file, path, input.list);
  lister.walk(0, core::file_size(file, path), "");
  lister.report(input.warnings);
  input.reader = std::make_unique<MemberReader>(std::move(file), path);
  return input;
}

}  // namespace train_backbone::data
