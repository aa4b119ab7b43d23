#include "record_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"
#include "train_backbone/data/record/example_writer.h"
#include "train_backbone/data/record/record_writer.h"

namespace train_backbone::data {

std::string golden_picture(const std::string& name) {
  return core::read_file(std::string(TB_GOLDEN_DIR "/image/") + name);
}

std::vector<TestRecord> make_records(size_t count) {
  const std::vector<std::string> files = {"ycc420.jpg", "gray.jpg", "png_rgb.png", "cmyk_adobe.jpg",
                                          "one.jpg"};
  std::vector<TestRecord> records;
  for (size_t index = 0; index < count; ++index) {
    records.push_back({.picture = golden_picture(files[index % files.size()]),
                       .label = static_cast<int64_t>(index % 10) + 1,
                       .name = core::format("picture_{}.JPEG", index)});
  }
  return records;
}

std::filesystem::path write_shards(const std::string& folder,
                                   const std::vector<TestRecord>& records, size_t shards) {
  // Tests may run at the same time, each in a process of its own.
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / core::format("{}.{}", folder, ::getpid());
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  for (size_t shard = 0; shard < shards; ++shard) {
    RecordWriter writer(path / core::format("train-{:05}-of-{:05}", shard, shards));
    std::string bytes;
    for (size_t index = shard * records.size() / shards;
         index < (shard + 1) * records.size() / shards; ++index) {
      const TestRecord& record = records[index];
      ExampleFields fields;
      fields.label = record.label;
      fields.filename = record.name;
      fields.encoded = record.picture;
      write_example(fields, bytes);
      const auto* begin = reinterpret_cast<const uint8_t*>(bytes.data());
      writer.write({begin, bytes.size()});
    }
    writer.commit();
  }
  return path;
}

}  // namespace train_backbone::data
