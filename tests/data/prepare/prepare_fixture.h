#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "train_backbone/data/prepare/prepare.h"

namespace train_backbone::data {

// A record as the public readers see it.
struct StoredPicture {
  std::string shard;
  std::string filename;
  int64_t label = 0;
  std::string encoded;
  std::string record;  // the whole tf.train.Example
};

// A test with an input and an output folder of its own.
class PrepareTest : public testing::Test {
 protected:
  void SetUp() override;

  // Class folders below `folder`: classes n03, n01, n02 with 3, 4 and 5 pictures CLASS_I.JPEG.
  static void make_class_folders(const std::filesystem::path& folder);

  // The shards' records in order; fails the test when a shard is not whole.
  [[nodiscard]] std::vector<StoredPicture> stored(const std::string& split = "train") const;
  // "FILE:LABEL" of every record, sorted.
  [[nodiscard]] std::vector<std::string> labels(const std::string& split = "train") const;
  // Content of every file in the output folder whose name begins with `prefix`.
  [[nodiscard]] std::map<std::string, std::string> files(const std::string& prefix) const;
  // What prepare(options_) throws as `Error`; "no error" when it does not throw.
  template <class Error>
  std::string error_of() const {
    try {
      prepare(options_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path input_;
  std::filesystem::path output_;
  PrepareOptions options_;  // with input and output set, quiet, one worker
};

}  // namespace train_backbone::data
