#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace train_backbone::data {

// What one record of a test's data set holds.
struct TestRecord {
  std::string picture;  // the encoded file
  int64_t label = 1;
  std::string name;
};

// A file of tests/golden/image.
std::string golden_picture(const std::string& name);

// Records 0 to count - 1 with pictures of several kinds and labels 1 to 10 in turn.
std::vector<TestRecord> make_records(size_t count);

// Writes the records as shards train-0000X-of-0000N in a fresh folder of this name below the test's
// temporary folder, which is returned.
std::filesystem::path write_shards(const std::string& folder,
                                   const std::vector<TestRecord>& records, size_t shards);

}  // namespace train_backbone::data
