#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "prepare_fixture.h"
#include "test_pictures.h"
#include "test_tar.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PrepareInputsTest : public PrepareTest {
 protected:
  const std::vector<std::string> expected_ = {"n01_0.JPEG:1", "n01_1.JPEG:1", "n01_2.JPEG:1",
                                              "n01_3.JPEG:1", "n02_0.JPEG:2", "n02_1.JPEG:2",
                                              "n02_2.JPEG:2", "n02_3.JPEG:2", "n02_4.JPEG:2",
                                              "n03_0.JPEG:3", "n03_1.JPEG:3", "n03_2.JPEG:3"};
};

TEST_F(PrepareInputsTest, ClassFoldersAreNumberedBySortedNamesFromOne) {
  make_class_folders(input_);
  write_file(input_ / "n01" / "Thumbs.db", "no picture");
  write_file(input_ / "n01" / ".hidden.JPEG", "no picture");
  const PrepareResult result = prepare(options_);
  EXPECT_EQ(labels(), expected_);
  EXPECT_EQ(result.images, 12U);
  EXPECT_EQ(result.classes, 3U);
  EXPECT_EQ(result.converted, 0U);
  EXPECT_THAT(files("synsets.txt"), ElementsAre(testing::Pair("synsets.txt", "n01\nn02\nn03\n")));
}

// The order is Python's: sorted(files); random.seed(0); random.shuffle(files).
TEST_F(PrepareInputsTest, TrainingOrderIsTheOriginalsShuffle) {
  make_class_folders(input_);
  options_.shards = 2;
  prepare(options_);
  std::vector<std::string> order;
  for (const StoredPicture& picture : stored()) order.push_back(picture.filename);
  EXPECT_THAT(order, ElementsAre("n01_1.JPEG", "n03_0.JPEG", "n02_4.JPEG", "n02_1.JPEG",
                                 "n03_1.JPEG", "n01_2.JPEG", "n01_3.JPEG", "n02_3.JPEG",
                                 "n02_0.JPEG", "n01_0.JPEG", "n03_2.JPEG", "n02_2.JPEG"));
  EXPECT_EQ(stored()[5].shard, "train-00000-of-00002");
  EXPECT_EQ(stored()[6].shard, "train-00001-of-00002");
}

TEST_F(PrepareInputsTest, BytesAndFieldsAreStored) {
  make_class_folders(input_);
  write_file(output_.parent_path() / "words.txt", "n01 tench, Tinca tinca\nn02 goldfish\n");
  options_.synset_words = (output_.parent_path() / "words.txt").string();
  prepare(options_);
  for (const StoredPicture& picture : stored()) {
    const std::string synset = picture.filename.substr(0, 3);
    EXPECT_EQ(picture.encoded, read_whole(input_ / synset / picture.filename));
    EXPECT_THAT(picture.record, HasSubstr("image/class/synset"));
    EXPECT_THAT(picture.record, HasSubstr(synset));
    const char* text = synset == "n01" ? "tench, Tinca tinca" : synset == "n02" ? "goldfish" : "";
    EXPECT_THAT(picture.record, HasSubstr(text));
  }
}

TEST_F(PrepareInputsTest, SplitFolderIsFoundAndNumberedLikeTraining) {
  make_class_folders(input_ / "train");
  write_file(input_ / "val" / "n03" / "v1.JPEG", make_jpeg(5, 5, 1));
  write_file(input_ / "val" / "n01" / "v2.JPEG", make_jpeg(5, 5, 2));
  prepare(options_);
  EXPECT_EQ(labels(), expected_);
  options_.split = "validation";
  prepare(options_);
  // In the order of the names, and class 2 keeps its number though validation lacks it.
  ASSERT_EQ(stored("validation").size(), 2U);
  EXPECT_EQ(stored("validation")[0].filename, "v1.JPEG");
  EXPECT_EQ(stored("validation")[0].label, 3);
  EXPECT_EQ(stored("validation")[1].label, 1);
  EXPECT_EQ(files("validation-").begin()->first, "validation-00000-of-00001");
  options_.split = "extra";
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("none for --split extra"));
}

TEST_F(PrepareInputsTest, NumberingThatDiffersFromTheTrainingRunsIsRefused) {
  make_class_folders(input_);
  prepare(options_);
  std::filesystem::remove_all(input_ / "n01");
  options_.split = "validation";
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--synsets"));
  options_.synsets = (output_ / "synsets.txt").string();
  prepare(options_);
  EXPECT_EQ(labels("validation")[0], "n02_0.JPEG:2");
  options_.split = "other";
  write_file(input_ / "n99" / "x.JPEG", make_jpeg(5, 5, 1));
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("class 'n99' is not among the 3 classes"));
}

TEST_F(PrepareInputsTest, ClassNamesComeBackFromSynsetsTxtAsTheyAre) {
  for (const std::string name : {"golden retriever", "golden eagle", "#a", "b"}) {
    write_file(input_ / name / (name.substr(0, 8) + ".JPEG"), make_jpeg(5, 5, 1));
  }
  write_file(input_ / "golden eagle" / "second.JPEG", make_jpeg(5, 5, 1));
  prepare(options_);
  const std::vector<std::string> training = labels();
  EXPECT_THAT(training, ElementsAre("#a.JPEG:1", "b.JPEG:2", "golden e.JPEG:3", "golden r.JPEG:4",
                                    "second.JPEG:3"));
  options_.split = "validation";
  options_.synsets = (output_ / "synsets.txt").string();
  prepare(options_);
  EXPECT_EQ(labels("validation"), training);
}

TEST_F(PrepareInputsTest, WordsBehindSynsetsAreNoPartOfTheName) {
  make_class_folders(input_);
  for (const std::string name : {"n01", "n02", "n03"}) {
    std::filesystem::rename(input_ / name, input_ / (name + "440764"));
  }
  const std::filesystem::path list = output_.parent_path() / "words.txt";
  write_file(list, "n03440764 cock\nn01440764 tench, Tinca tinca\nn02440764\n");
  options_.synsets = list.string();
  prepare(options_);
  EXPECT_EQ(labels().front(), "n01_0.JPEG:2");
}

TEST_F(PrepareInputsTest, TrainingFoldersBesideTheInputNumberTheClasses) {
  make_class_folders(input_ / "train");
  write_file(input_ / "validation" / "n03" / "v1.JPEG", make_jpeg(5, 5, 1));
  options_.split = "validation";
  for (const char* ending : {"", "/"}) {
    options_.input = (input_ / "validation").string() + ending;
    options_.overwrite = true;
    prepare(options_);
    EXPECT_THAT(labels("validation"), ElementsAre("v1.JPEG:3")) << ending;
  }
}

TEST_F(PrepareInputsTest, OtherSplitThatNumbersItsOwnClassesIsWarnedOf) {
  make_class_folders(input_);
  const auto diagnostics = [this] {
    testing::internal::CaptureStderr();
    prepare(options_);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(diagnostics(), testing::Not(HasSubstr("--synsets")));
  std::filesystem::remove_all(output_);
  options_.split = "validation";
  EXPECT_THAT(diagnostics(), HasSubstr("--synsets"));
}

TEST_F(PrepareInputsTest, OtherSplitThatTakesThePicturesOfTrainIsWarnedOf) {
  const auto diagnostics = [this](const std::filesystem::path& input, const std::string& split) {
    options_.input = input.string();
    options_.split = split;
    options_.overwrite = true;
    testing::internal::CaptureStderr();
    prepare(options_);
    return testing::internal::GetCapturedStderr();
  };
  const auto warning = HasSubstr("the same that --split train takes");
  make_class_folders(input_ / "all");
  EXPECT_THAT(diagnostics(input_ / "all", "train"), testing::Not(warning));
  const std::string said = diagnostics(input_ / "all", "validation");
  EXPECT_THAT(said, warning);
  EXPECT_THAT(said, HasSubstr("all 12 pictures"));
  EXPECT_THAT(said, HasSubstr("--validation_share"));
  EXPECT_EQ(stored("validation").size(), 12U);
  EXPECT_THAT(diagnostics(input_ / "all", "mine"), warning);
  // Pictures that are the split's by the name of their folder.
  make_class_folders(input_ / "divided" / "train");
  make_class_folders(input_ / "divided" / "val");
  make_class_folders(input_ / "alone" / "validation");
  EXPECT_THAT(diagnostics(input_ / "divided", "validation"), testing::Not(warning));
  EXPECT_THAT(diagnostics(input_ / "divided" / "val", "validation"), testing::Not(warning));
  EXPECT_THAT(diagnostics(input_ / "alone" / "validation", "validation"), testing::Not(warning));
}

TEST_F(PrepareInputsTest, ClassNamedLikeASplitIsAClass) {
  for (const std::string name : {"car", "train", "bus"}) {
    write_file(input_ / name / (name + ".JPEG"), make_jpeg(5, 5, 1));
  }
  prepare(options_);
  EXPECT_THAT(labels(), ElementsAre("bus.JPEG:1", "car.JPEG:2", "train.JPEG:3"));
}

TEST_F(PrepareInputsTest, SplitFoldersWithoutClassFoldersAreNoClasses) {
  write_file(input_ / "train" / "a.JPEG", make_jpeg(5, 5, 1));
  write_file(input_ / "val" / "b.JPEG", make_jpeg(5, 5, 1));
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("without class folders"));
}

std::string tar_of(const std::filesystem::path& folder, const std::string& prefix = "") {
  TarBuilder tar;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    tar.add(prefix + entry.path().filename().string(), read_whole(entry.path()));
  }
  return tar.finish();
}

TEST_F(PrepareInputsTest, TarOfClassTarsGivesTheShardsOfTheClassFolders) {
  make_class_folders(input_);
  options_.shards = 3;
  prepare(options_);
  const auto from_folders = files("train-");
  TarBuilder outer;
  for (const std::string name : {"n02", "n01", "n03"})
    outer.add(name + ".tar", tar_of(input_ / name));
  const std::filesystem::path tar = output_.parent_path() / "ILSVRC2012_img_train.tar";
  write_file(tar, outer.finish());
  options_.input = tar.string();
  output_ = output_.parent_path() / "out_tar";
  options_.output = output_.string();
  prepare(options_);
  EXPECT_EQ(files("train-"), from_folders);
}

TEST_F(PrepareInputsTest, TarOfClassFoldersAndFlatTarWithLabels) {
  make_class_folders(input_);
  const std::filesystem::path tar = output_.parent_path() / "x.tar";
  write_file(tar, tar_of(input_ / "n03", "./train/n03/"));
  options_.input = tar.string();
  prepare(options_);
  EXPECT_THAT(labels(), ElementsAre("n03_0.JPEG:1", "n03_1.JPEG:1", "n03_2.JPEG:1"));
  write_file(tar, tar_of(input_ / "n03"));
  options_.split = "validation";
  options_.overwrite = true;
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--labels"));
  write_file(output_.parent_path() / "labels.txt", "n07\nn05\nn07\n");
  options_.labels = (output_.parent_path() / "labels.txt").string();
  prepare(options_);
  EXPECT_THAT(labels("validation"), ElementsAre("n03_0.JPEG:2", "n03_1.JPEG:1", "n03_2.JPEG:2"));
}

TEST_F(PrepareInputsTest, HiddenMembersLinksAndAMissingEndOfATarAreSaid) {
  TarBuilder tar;
  tar.add("n01/a.JPEG", make_jpeg(5, 5, 1));
  tar.add("n01/._a.JPEG", "what another system keeps beside a file");
  tar.add("n01/b.JPEG", "", '1');
  const std::filesystem::path path = output_.parent_path() / "x.tar";
  options_.input = path.string();
  const auto diagnostics = [&](const std::string& bytes) {
    write_file(path, bytes);
    testing::internal::CaptureStderr();
    prepare(options_);
    return testing::internal::GetCapturedStderr();
  };
  const std::string whole = tar.finish();
  const std::string said = diagnostics(whole);
  EXPECT_THAT(labels(), ElementsAre("a.JPEG:1"));
  EXPECT_THAT(said, HasSubstr("1 links are passed over"));
  EXPECT_THAT(said, testing::Not(HasSubstr("cut off")));
  EXPECT_THAT(diagnostics(whole.substr(0, whole.size() - 1024)), HasSubstr("may be cut off"));
}

TEST_F(PrepareInputsTest, DamagedTarIsNamed) {
  TarBuilder tar;
  tar.add("n01/a.JPEG", make_jpeg(40, 40, 1));
  write_file(input_, tar.finish().substr(0, 700));
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("truncated: member n01/a.JPEG"));
}

TEST_F(PrepareInputsTest, FlatFolderTakesItsClassesFromTheList) {
  write_file(input_ / "v1.JPEG", make_jpeg(5, 5, 1));
  write_file(input_ / "v2.JPEG", make_jpeg(5, 5, 2));
  options_.split = "validation";
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--labels"));
  const std::filesystem::path list = output_.parent_path() / "labels.txt";
  write_file(list, "v2.JPEG n01\nv1.JPEG n05\n");
  options_.labels = list.string();
  prepare(options_);
  EXPECT_THAT(labels("validation"), ElementsAre("v1.JPEG:2", "v2.JPEG:1"));
  make_class_folders(output_.parent_path() / "folders");
  options_.input = (output_.parent_path() / "folders").string();
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("is for a flat folder"));
}

TEST_F(PrepareInputsTest, MissingEmptyAndForeignInputsAreNamedAndLeaveNothing) {
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("no such file or folder"));
  std::filesystem::create_directories(input_);
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("looked for class folders"));
  std::filesystem::create_directories(input_ / "n01");
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("no pictures here"));
  write_file(output_.parent_path() / "notes.txt", std::string(1000, 'x'));
  options_.input = (output_.parent_path() / "notes.txt").string();
  EXPECT_THAT(error_of<core::DataError>(), HasSubstr("neither a folder nor"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(PrepareInputsTest, OutputAmongThePicturesIsRefused) {
  make_class_folders(input_);
  options_.output = (input_ / "shards").string();
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("lies among the pictures"));
  EXPECT_FALSE(std::filesystem::exists(input_ / "shards"));
}

TEST_F(PrepareInputsTest, SplitNameThatIsAPathIsRefused) {
  make_class_folders(input_);
  options_.split = "../train";
  EXPECT_THAT(error_of<core::UsageError>(), HasSubstr("--split"));
}

}  // namespace
}  // namespace train_backbone::data
