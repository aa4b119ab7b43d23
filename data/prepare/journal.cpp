#include "data/prepare/journal.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "data/prepare/text_lists.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

constexpr std::string_view kTitle = "train_backbone-prepare-1";

uint64_t take_number(std::string_view& line, int base = 10) {
  const std::string_view word = take_word(line);
  uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number, base);
  return number;
}

std::string lines_of(const FinishedShard& shard) {
  std::string lines;
  for (const BadPicture& bad : shard.bad) {
    lines +=
        core::format("bad {} {}\t{}\n", bad.position, one_line(bad.where), one_line(bad.reason));
  }
  return lines + core::format("shard {} {} {}\n", shard.shard, shard.records, shard.bytes);
}

BadPicture parse_bad(std::string_view line) {
  BadPicture bad;
  bad.position = take_number(line);
  const size_t tab = std::min(line.find('\t'), line.size());
  bad.where = std::string(line.substr(0, tab));
  bad.reason = std::string(line.substr(std::min(tab + 1, line.size())));
  return bad;
}

}  // namespace

JournalState Journal::read(const std::filesystem::path& path) {
  JournalState state;
  if (!std::filesystem::exists(path)) return state;
  const std::string text = core::read_file(path);
  FinishedShard shard;
  for (std::string_view rest = text; rest.find('\n') != std::string_view::npos;) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const std::string_view kind = take_word(line);
    if (kind == kTitle) state.fingerprint = take_number(line, 16);
    if (kind == "share") state.share = std::string(take_word(line));
    if (kind == "bad") shard.bad.push_back(parse_bad(line));
    if (kind != "shard") continue;
    shard.shard = take_number(line);
    shard.records = take_number(line);
    shard.bytes = take_number(line);
    for (BadPicture& bad : shard.bad) bad.shard = shard.shard;
    state.finished.push_back(std::exchange(shard, {}));
  }
  return state;
}

Journal::Journal(std::filesystem::path path, const JournalState& state) : path_(std::move(path)) {
  std::string text = core::format("{} {:016x}\n", kTitle, state.fingerprint);
  if (!state.share.empty()) text += core::format("share {}\n", state.share);
  for (const FinishedShard& shard : state.finished) text += lines_of(shard);
  core::write_file_atomic(path_, text);
  file_ = core::FileDescriptor(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!file_.valid()) core::throw_system_error(path_, "open");
}

void Journal::add(const FinishedShard& shard) {
  const std::string lines = lines_of(shard);
  // At once, so that a crash leaves whole lines but for the last. char and uint8_t may alias.
  core::write_all(file_, path_, {reinterpret_cast<const uint8_t*>(lines.data()), lines.size()});
}

}  // namespace train_backbone::data
