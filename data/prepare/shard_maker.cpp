#include "data/prepare/shard_maker.h"

#include <span>
#include <string_view>
#include <utility>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/data/image/decode.h"
#include "train_backbone/data/record/example_writer.h"
#include "train_backbone/data/record/record_writer.h"

namespace train_backbone::data {
namespace {

std::span<const uint8_t> as_bytes(const std::string& text) {
  // char and uint8_t may alias.
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// What a DataError says without the path that it begins with.
std::string without_path(const std::string& what, const std::string& path) {
  const std::string prefix = path + ": ";
  return what.starts_with(prefix) ? what.substr(prefix.size()) : what;
}

std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

ShardMaker::ShardMaker(const PrepareOptions& options, const PrepareInput& input,
                       const ShardPlan& plan, const std::vector<std::string>& texts,
                       uint64_t bad_before, core::Progress& progress, uint64_t done_before,
                       size_t workers)
    : options_(options),
      input_(input),
      plan_(plan),
      texts_(texts),
      progress_(progress),
      done_(done_before),
      bad_before_(bad_before) {
  const PictureConverter::Options conversion = {
      .keep_png = options.keep_png,
      .verify = options.verify_images,
      .jpeg_quality = static_cast<int>(options.jpeg_quality)};
  for (size_t worker = 0; worker < workers; ++worker) scratch_.emplace_back(conversion);
}

MadeShard ShardMaker::make(size_t worker, uint64_t shard, const std::filesystem::path& path) {
  Scratch& scratch = scratch_[worker];
  MadeShard made;
  made.shard.shard = shard;
  RecordWriter writer(path);
  for (uint64_t position = plan_.begin(shard); position < plan_.end(shard); ++position) {
    const Picture& picture = input_.list[plan_.order[position]];
    BadPicture bad = {.shard = shard, .position = position, .where = {}, .reason = {}};
    try {
      made.converted += make_example(picture, scratch) ? 1 : 0;
    } catch (const ImageError& error) {
      bad.reason = error.what();
    } catch (const core::DataError& error) {
      bad.reason = without_path(error.what(), input_.list.where(picture));
    }
    if (bad.reason.empty()) {
      writer.write(as_bytes(scratch.example));
      ++made.shard.records;
    } else {
      bad.where = input_.list.where(picture);
      note_bad(bad);
      made.shard.bad.push_back(std::move(bad));
    }
    progress_.update(++done_);
  }
  made.shard.bytes = writer.bytes();
  writer.commit();
  return made;
}

bool ShardMaker::make_example(const Picture& picture, Scratch& scratch) const {
  input_.reader->read(input_.list, picture, scratch.file);
  const ConvertedPicture converted = scratch.converter.convert(scratch.file);
  const ExampleFields fields = {.height = converted.height,
                                .width = converted.width,
                                .label = int64_t{picture.class_number} + 1,
                                .synset = input_.list.class_name(picture),
                                .text = texts_[picture.class_number],
                                .format = converted.format,
                                .filename = input_.list.name(picture),
                                .encoded = as_text(converted.encoded)};
  write_example(fields, scratch.example);
  return converted.converted;
}

void ShardMaker::note_bad(const BadPicture& bad) {
  const std::string message = core::format("unreadable picture: {}", bad.reason);
  if (options_.on_bad_image != "skip") {
    throw core::DataError(bad.where, message + "; --on_bad_image skip leaves such pictures out");
  }
  core::log_warning("{}: {}; left out", bad.where, message);
  const std::lock_guard lock(mutex_);
  bad_.push_back(bad);
  const uint64_t count = bad_before_ + bad_.size();
  if (count > static_cast<uint64_t>(options_.max_bad_images)) {
    throw core::DataError(bad.where, core::format("{}; with it {} pictures are unreadable, more "
                                                  "than --max_bad_images {}",
                                                  message, count, options_.max_bad_images));
  }
}

std::vector<BadPicture> ShardMaker::bad_pictures() const {
  const std::lock_guard lock(mutex_);
  return bad_;
}

}  // namespace train_backbone::data
