#include "data/prepare/label_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "test_pictures.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class LabelListTest : public testing::Test {
 protected:
  void SetUp() override { folder_ = fresh_folder("label_list"); }

  // Class per picture of the files b, a and "c d", listed in that order.
  std::map<std::string, std::string> apply(const std::string& labels, const std::string& map = "") {
    PictureList list;
    const uint32_t container = list.add_container("pictures");
    for (const char* name : {"b.JPEG", "a.JPEG", "c d.JPEG"}) {
      list.add(container, PictureList::kNoClass, name, 0, 1);
    }
    write_file(folder_ / "labels.txt", labels);
    if (!map.empty()) write_file(folder_ / "map.txt", map);
    apply_label_list(folder_ / "labels.txt", map.empty() ? "" : folder_ / "map.txt", list);
    std::map<std::string, std::string> classes;
    for (const Picture& picture : list.pictures()) {
      classes.emplace(list.name(picture), list.class_name(picture));
    }
    return classes;
  }
  template <class Error>
  std::string error_of(const std::string& labels, const std::string& map = "") {
    try {
      apply(labels, map);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path folder_;
};

TEST_F(LabelListTest, FileAndSynsetInAnyOrder) {
  EXPECT_THAT(apply("val/c d.JPEG n03\n# comment\n\nb.JPEG\tn01\r\na.JPEG n02\n"),
              ElementsAre(Pair("a.JPEG", "n02"), Pair("b.JPEG", "n01"), Pair("c d.JPEG", "n03")));
}

TEST_F(LabelListTest, ByteOrderMarkIsNoPartOfTheFirstName) {
  EXPECT_THAT(apply("\xEF\xBB\xBF"
                    "a.JPEG n01\nb.JPEG n02\nc d.JPEG n03\n"),
              ElementsAre(Pair("a.JPEG", "n01"), Pair("b.JPEG", "n02"), Pair("c d.JPEG", "n03")));
}

TEST_F(LabelListTest, SeveralPicturesOfOneNameAreSaidToBeSo) {
  PictureList list;
  for (const char* container : {"one", "two"}) {
    list.add(list.add_container(container), PictureList::kNoClass, "a.JPEG", 0, 1);
  }
  write_file(folder_ / "labels.txt", "a.JPEG n01\n");
  std::string text;
  try {
    apply_label_list(folder_ / "labels.txt", "", list);
  } catch (const core::DataError& error) {
    text = error.what();
  }
  EXPECT_THAT(text, HasSubstr("several pictures of the same name"));
}

TEST_F(LabelListTest, SynsetsAloneGoWithTheSortedFiles) {
  EXPECT_THAT(apply("n01\nn02\nn01"),
              ElementsAre(Pair("a.JPEG", "n01"), Pair("b.JPEG", "n02"), Pair("c d.JPEG", "n01")));
}

TEST_F(LabelListTest, NumbersNeedTheDevkitsMap) {
  EXPECT_THAT(error_of<core::UsageError>("490\n361\n171\n"),
              AllOf(HasSubstr("--devkit_map"), HasSubstr("not in the order of the synsets")));
  EXPECT_THAT(apply("2\n1\n2\n", "1 n02119789 kit fox\nn02100735 2 English setter\n"),
              ElementsAre(Pair("a.JPEG", "n02100735"), Pair("b.JPEG", "n02119789"),
                          Pair("c d.JPEG", "n02100735")));
  EXPECT_THAT(error_of<core::DataError>("2\n1\n7\n", "1 n01\n2 n02\n"), HasSubstr("line 3: id 7"));
}

TEST_F(LabelListTest, ListAndPicturesMustMatchOneToOne) {
  EXPECT_THAT(error_of<core::DataError>("n01\nn02\n"), HasSubstr("2 labels for 3 pictures"));
  EXPECT_THAT(error_of<core::DataError>("a.JPEG n01\nb.JPEG n01\n"), HasSubstr("no label for"));
  EXPECT_THAT(error_of<core::DataError>("a.JPEG n01\nb.JPEG n01\nc d.JPEG n01\nx.JPEG n01\n"),
              HasSubstr("1 are not there"));
  EXPECT_THAT(error_of<core::DataError>("a.JPEG n01\na.JPEG n02\n"), HasSubstr("a.JPEG twice"));
  EXPECT_THAT(error_of<core::DataError>("a.JPEG n01\nn02\n"), HasSubstr("line 2"));
  EXPECT_THAT(error_of<core::DataError>("\n"), HasSubstr("holds no labels"));
}

}  // namespace
}  // namespace train_backbone::data
