#include "data/prepare/tar_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "test_pictures.h"
#include "test_tar.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class TarReaderTest : public testing::Test {
 protected:
  // Name and content of every member.
  std::vector<std::pair<std::string, std::string>> members(const std::string& tar) {
    path_ = fresh_folder("tar_reader") / "x.tar";
    write_file(path_, tar);
    const core::FileDescriptor file = core::open_for_reading(path_);
    TarReader reader(file, path_, 0, tar.size());
    std::vector<std::pair<std::string, std::string>> found;
    while (const std::optional<TarMember> member = reader.next()) {
      found.emplace_back(member->name, tar.substr(member->offset, member->bytes));
    }
    return found;
  }
  std::string error_of(const std::string& tar) {
    try {
      members(tar);
    } catch (const core::DataError& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path path_;
};

TEST_F(TarReaderTest, FilesAreFoundAndFoldersPassedOver) {
  TarBuilder tar;
  tar.add("train/", "", '5');
  tar.add("train/a.JPEG", "alpha");
  tar.add("train/b.JPEG", std::string(512, 'b'));
  tar.add("train/empty", "");
  EXPECT_THAT(members(tar.finish()),
              ElementsAre(Pair("train/a.JPEG", "alpha"),
                          Pair("train/b.JPEG", std::string(512, 'b')), Pair("train/empty", "")));
}

TEST_F(TarReaderTest, LongNamesOfGnuAndPaxAreWholeAndForOneMemberOnly) {
  const std::string name = std::string(150, 'd') + "/x.JPEG";
  TarBuilder tar;
  tar.add_gnu_long(name, "1");
  tar.add("plain", "2");
  tar.add_pax_long(name, "3");
  tar.add("plain", "4");
  EXPECT_THAT(members(tar.finish()), ElementsAre(Pair(name, "1"), Pair("plain", "2"),
                                                 Pair(name, "3"), Pair("plain", "4")));
}

TEST_F(TarReaderTest, ArchiveWithoutEndBlocksEndsBehindItsLastMember) {
  TarBuilder tar;
  tar.add("a", "alpha");
  const std::string whole = tar.finish();
  EXPECT_THAT(members(whole.substr(0, whole.size() - 1024)), ElementsAre(Pair("a", "alpha")));
}

TEST_F(TarReaderTest, EmptyArchiveHasNoMembers) {
  EXPECT_THAT(members(TarBuilder().finish()), ElementsAre());
}

TEST_F(TarReaderTest, TruncationIsNamedWithOffset) {
  TarBuilder tar;
  tar.add("a", std::string(2000, 'a'));
  tar.add("b", std::string(2000, 'b'));
  const std::string whole = tar.finish();
  EXPECT_THAT(error_of(whole.substr(0, 100)), HasSubstr("at byte 0: truncated"));
  EXPECT_THAT(error_of(whole.substr(0, 1000)), HasSubstr("member a claims 2000 bytes"));
  EXPECT_THAT(error_of(whole.substr(0, 2560 + 300)), HasSubstr("at byte 2560: truncated"));
}

TEST_F(TarReaderTest, FlippedByteInAHeaderIsNamedWithOffset) {
  TarBuilder tar;
  tar.add("a", "alpha");
  tar.add("b", "beta");
  std::string damaged = tar.finish();
  damaged[1024] ^= 1;
  EXPECT_THAT(error_of(damaged), HasSubstr("at byte 1024: no tar header here"));
}

}  // namespace
}  // namespace train_backbone::data
