// libFuzzer on RecordReader and, behind good checksums, on parse_example. Whatever a shard holds:
// exactly the records that a plain second reader finds, then the end, or a core::DataError that
// names file and offset, the same again and again.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "expect.h"
#include "frame_repair.h"
#include "memory_file.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/record_frame.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/record_reader.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace train_backbone::data {
namespace {

using fuzz::expect;

bool lies_within(const void* begin, size_t size, std::span<const uint8_t> bytes) {
  const auto* first = static_cast<const uint8_t*>(begin);
  return size == 0 || (first >= bytes.data() && first + size <= bytes.data() + bytes.size());
}

void try_example(std::span<const uint8_t> record) {
  const auto view = parse_example(record);
  if (!view) return;
  expect(lies_within(view->encoded.data(), view->encoded.size(), record) &&
             lies_within(view->filename.data(), view->filename.size(), record),
         "an Example's views lie within its record");
}

// "end", "record" or the error's text.
template <class Step>
std::string answer(Step step) {
  try {
    return step() == ReadResult::kEnd ? "end" : "record";
  } catch (const core::DataError& error) {
    return error.what();
  }
}

void expect_error(const std::string& error, const std::string& path, uint64_t offset) {
  const std::string begin = path + " at byte " + std::to_string(offset) + ": ";
  expect(error.starts_with(begin + "truncated: ") || error.starts_with(begin + "corrupt: "),
         "an error names file, offset and kind");
}

// What writes shards makes the same frame of the record.
void expect_written_alike(std::span<const uint8_t> frame, std::span<const uint8_t> record) {
  expect(
      std::ranges::equal(core::frame_header(record.size()), frame.first(core::kFrameHeaderBytes)),
      "a frame's header can be made again");
  expect(std::ranges::equal(core::frame_footer(record), frame.last(core::kFrameFooterBytes)),
         "a frame's footer can be made again");
}

// The reader's next answer against the plain reader's. True when there was a record.
bool try_frame(std::span<const uint8_t> shard, const std::string& path, RecordReader& reader,
               std::vector<uint8_t>& record) {
  const uint64_t offset = reader.offset();
  const std::span<const uint8_t> rest = shard.subspan(offset);
  const std::string found = answer([&] { return reader.next(record); });
  if (const auto expected = fuzz::plain_record(rest)) {
    expect(found == "record", "a whole record is read");
    expect(std::ranges::equal(record, *expected), "a record's bytes are the shard's");
    expect(reader.offset() == offset + expected->size() + core::kFrameBytes,
           "a reader goes on by one frame");
    expect_written_alike(rest.first(reader.offset() - offset), *expected);
    return true;
  }
  expect(reader.offset() == offset, "an error does not move the position");
  if (rest.empty()) {
    expect(found == "end", "a shard ends behind a record");
  } else {
    expect_error(found, path, offset);
  }
  return false;
}

// skip() walks over the same frames; it only does not see damage within records.
void try_skipping(const std::string& path, uint64_t whole_frames_end, uint64_t shard_bytes) {
  RecordReader reader(path);
  uint64_t length = 0;
  std::string last = "record";
  while (last == "record") last = answer([&] { return reader.skip(length); });
  expect(reader.offset() >= whole_frames_end && reader.offset() <= shard_bytes,
         "skipping comes at least as far as reading, never past the end");
  if (last != "end") expect_error(last, path, reader.offset());
}

void try_shard(std::span<const uint8_t> shard) {
  static fuzz::MemoryFile file;
  file.fill(shard);
  RecordReader reader(file.path());
  std::vector<uint8_t> record;
  while (try_frame(shard, file.path(), reader, record)) try_example(record);
  expect(record.capacity() <= 2 * shard.size() + 64, "no memory for what is not there");
  // Errors are slow: every eighth execution is enough for what needs a second one.
  if (fuzz::plain_masked_crc(shard) % 8 != 0) return;
  const auto read_on = [&] { return reader.next(record); };
  expect(answer(read_on) == answer(read_on), "an answer stays the same");
  try_skipping(file.path(), reader.offset(), shard.size());
}

}  // namespace
}  // namespace train_backbone::data

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  const size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  // Some stay as they are, for the checksums' own sake.
  if (seed % 8 != 0) train_backbone::fuzz::repair_frames({data, mutated}, seed % 3 == 0);
  return mutated;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  train_backbone::data::try_shard({bytes, size});
  return 0;
}
