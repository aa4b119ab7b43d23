#include "prepare_fixture.h"

#include <algorithm>

#include "test_pictures.h"
#include "train_backbone/data/record/example.h"
#include "train_backbone/data/record/record_reader.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

std::string text_of(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

void PrepareTest::SetUp() {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  const fs::path root = fresh_folder(std::string(test->test_suite_name()) + "." + test->name());
  input_ = root / "in";
  output_ = root / "out";
  options_.input = input_.string();
  options_.output = output_.string();
  options_.quiet = true;
  options_.workers = 1;
}

void PrepareTest::make_class_folders(const fs::path& folder) {
  int pictures = 3;
  for (const std::string name : {"n03", "n01", "n02"}) {
    for (int i = 0; i < pictures; ++i) {
      const std::string file = name + "_" + std::to_string(i) + ".JPEG";
      write_file(folder / name / file, make_jpeg(10 + i, 12, 10 * i + pictures));
    }
    ++pictures;
  }
}

std::vector<StoredPicture> PrepareTest::stored(const std::string& split) const {
  std::vector<StoredPicture> pictures;
  for (const auto& [name, content] : files(split + "-")) {
    RecordReader reader(output_ / name);
    std::vector<uint8_t> record;
    while (reader.next(record) == ReadResult::kRecord) {
      const std::optional<ExampleView> view = parse_example(record);
      EXPECT_TRUE(view && view->label) << name;
      if (!view) continue;
      pictures.push_back({.shard = name,
                          .filename = std::string(view->filename),
                          .label = view->label.value_or(-1),
                          .encoded = text_of(view->encoded),
                          .record = text_of(record)});
    }
  }
  return pictures;
}

std::vector<std::string> PrepareTest::labels(const std::string& split) const {
  std::vector<std::string> found;
  for (const StoredPicture& picture : stored(split)) {
    found.push_back(picture.filename + ":" + std::to_string(picture.label));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::map<std::string, std::string> PrepareTest::files(const std::string& prefix) const {
  std::map<std::string, std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(output_)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) found[name] = read_whole(entry.path());
  }
  return found;
}

}  // namespace train_backbone::data
