#include "train_backbone/core/mapped_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::core {
namespace {

using test::message_of;
using test::scratch_folder;
using test::slurp;
using test::spill;

std::string text_of(const MappedFile& file) { return {file.bytes().begin(), file.bytes().end()}; }

TEST(MappedFile, HoldsTheBytesOfTheFileAlsoAfterItsRemoval) {
  const auto path = scratch_folder() / "a";
  const std::string text = "first page" + std::string(10000, 'x') + "last";
  spill(path, text);
  const MappedFile file(path);
  std::filesystem::remove(path);
  EXPECT_EQ(text_of(file), text);
}

TEST(MappedFile, WritingChangesThisProcessOnly) {
  const auto path = scratch_folder() / "a";
  spill(path, "abc");
  const MappedFile file(path);
  file.bytes()[0] = 'x';
  EXPECT_EQ(text_of(file), "xbc");
  EXPECT_EQ(slurp(path), "abc");
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  const auto path = scratch_folder() / "a";
  spill(path, "");
  EXPECT_TRUE(MappedFile(path).bytes().empty());
}

TEST(MappedFile, NamesWhatCannotBeMapped) {
  const auto folder = scratch_folder();
  for (const auto& path : {folder / "missing", folder}) {
    EXPECT_THAT(message_of<DataError>([&] { MappedFile{path}; }),
                testing::HasSubstr(path.string()));
  }
}

}  // namespace
}  // namespace train_backbone::core
