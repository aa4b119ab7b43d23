#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "train_backbone/core/format.h"

namespace train_backbone::core {

// A root folder with the files that Linux has, as far as a test writes them.
class FakeRoot : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(root_); }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text << '\n';
  }

  std::filesystem::path root_ =
      std::filesystem::path(testing::TempDir()) / format("fake_root_{}", ::getpid());
};

}  // namespace train_backbone::core
