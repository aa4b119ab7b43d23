#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "commands/doctor/data_facts.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/record/example.h"

namespace train_backbone::commands {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void note_damage(DataSetFacts& facts, const std::string& what) {
  if (facts.damaged++ == 0) facts.first_damage = what;
}

void check_record(const data::RecordStore& store, uint64_t record, std::vector<uint8_t>& buffer,
                  DataSetFacts& facts) {
  ++facts.checked;
  try {
    const auto example = data::parse_example(store.read(record, buffer));
    if (!example || !example->label) {
      store.throw_damaged(record, "no tf.train.Example with image/class/label");
    }
    const int64_t label = *example->label;
    facts.lowest_label = std::min(label, facts.lowest_label.value_or(label));
    facts.highest_label = std::max(label, facts.highest_label.value_or(label));
  } catch (const core::Error& error) {
    note_damage(facts, error.what());
  }
}

void check_records(const data::RecordStore& store, uint64_t count, DataSetFacts& facts) {
  count = std::min(count, store.size());
  std::vector<uint8_t> buffer;
  for (uint64_t i = 0; i < count; ++i) check_record(store, i * store.size() / count, buffer, facts);
}

void note_newest(const data::ShardIndex& index, DataSetFacts& facts) {
  constexpr int64_t kNanoseconds = 1'000'000'000;
  for (const data::ShardEntry& shard : index.shards()) {
    const int64_t modified = shard.modified_ns / kNanoseconds;
    facts.bytes += shard.bytes;
    if (modified <= facts.newest) continue;
    facts.newest = modified;
    facts.newest_file = shard.path.string();
  }
}

}  // namespace

DataSetFacts probe_data_set(const DataProbeSettings& settings,
                            std::optional<data::RecordStore>& store) {
  DataSetFacts facts;
  facts.option = settings.option;
  facts.folder = settings.folder.string();
  facts.has_index_dir = !settings.index_dir.empty();
  const Clock::time_point begin = Clock::now();
  try {
    store.emplace(data::ShardIndex::open(settings.folder, settings.prefix, settings.index_dir));
  } catch (const core::Error& error) {
    facts.failure = error.what();
    return facts;
  }
  facts.index_seconds = seconds_since(begin);
  facts.folder_writable = ::access(settings.folder.c_str(), W_OK | X_OK) == 0;
  facts.index_origin = store->index().origin();
  facts.shards = store->index().shards().size();
  facts.records = store->size();
  note_newest(store->index(), facts);
  check_records(*store, static_cast<uint64_t>(settings.records), facts);
  return facts;
}

}  // namespace train_backbone::commands
