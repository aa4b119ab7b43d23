#include "train_backbone/io/checkpoint_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/scratch.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// A folder with one file, whose content tells it from others.
void make(const fs::path& folder, const std::string& content = "") {
  fs::create_directories(folder);
  spill(folder / "state.json", content);
}

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& item : fs::directory_iterator(folder)) {
    found.push_back(item.path().filename().string());
  }
  return found;
}

TEST(CheckpointFolder, NamesTellTheStep) {
  EXPECT_EQ(checkpoint_name(1234), "step-00001234");
  EXPECT_EQ(checkpoint_step("a/step-00001234"), 1234);
  EXPECT_EQ(checkpoint_step(checkpoint_name(123456789012)), 123456789012);
  for (const char* name :
       {"step-1", "step-0000000x", "step-", "step-00000001.damaged", ".step-00000001.tmp-7",
        ".step-00000001.removed", "step--0000001", "step-99999999999999999999", "run.toml"}) {
    EXPECT_FALSE(checkpoint_step(name)) << name;
  }
}

TEST(CheckpointFolder, ListsByNumberNewestFirst) {
  const auto folder = scratch_folder();
  for (int64_t step : {99'999'999, 100'000'000, 5}) make(folder / checkpoint_name(step));
  make(folder / ".step-00000007.tmp-1");
  make(folder / "step-00000008.damaged");
  EXPECT_THAT(
      list_checkpoints(folder),
      ElementsAre(folder / "step-100000000", folder / "step-99999999", folder / "step-00000005"));
  EXPECT_TRUE(list_checkpoints(folder / "absent").empty());
}

TEST(CheckpointFolder, PruneKeepsTheNewestTwoAndTheBest) {
  const auto folder = scratch_folder();
  for (int64_t step : {1, 2, 3, 4, 5}) make(folder / checkpoint_name(step));
  make(folder / ".step-00000006.tmp-123");
  make(folder / ".step-00000001.removed");
  make(folder / "step-00000009.damaged");
  make(folder / "notes of the user");
  prune_checkpoints(folder, 2);
  EXPECT_THAT(names(folder), UnorderedElementsAre("step-00000005", "step-00000004", "step-00000002",
                                                  "step-00000009.damaged", "notes of the user"));
  prune_checkpoints(folder, std::nullopt);
  EXPECT_THAT(list_checkpoints(folder),
              ElementsAre(folder / "step-00000005", folder / "step-00000004"));
}

TEST(CheckpointFolder, AnInterruptedReplacementIsStillListedAndKept) {
  const auto folder = scratch_folder();
  make(folder / ".step-00000003.replaced", "old");
  make(folder / ".step-00000003.tmp-123", "new");
  prune_checkpoints(folder, std::nullopt);
  ASSERT_THAT(list_checkpoints(folder), ElementsAre(folder / ".step-00000003.replaced"));
  // The step is done again: the hidden one has served.
  make(folder / "whole", "new");
  replace_checkpoint(folder / "whole", folder / "step-00000003");
  EXPECT_THAT(list_checkpoints(folder), ElementsAre(folder / "step-00000003"));
  prune_checkpoints(folder, std::nullopt);
  EXPECT_THAT(names(folder), ElementsAre("step-00000003"));
}

TEST(CheckpointFolder, ReplacingLeavesOnlyTheNewOne) {
  const auto folder = scratch_folder();
  make(folder / "step-00000003", "old");
  make(folder / ".step-00000003.replaced", "older");
  make(folder / "whole", "new");
  replace_checkpoint(folder / "whole", folder / "step-00000003");
  EXPECT_THAT(names(folder), ElementsAre("step-00000003"));
  EXPECT_EQ(slurp(folder / "step-00000003" / "state.json"), "new");
}

TEST(CheckpointFolder, ADamagedOneIsKeptUnderAnotherName) {
  const auto folder = scratch_folder();
  make(folder / "step-00000003", "bad");
  make(folder / "step-00000003.damaged", "from before");
  EXPECT_EQ(set_aside_checkpoint(folder / "step-00000003"), folder / "step-00000003.damaged");
  EXPECT_EQ(slurp(folder / "step-00000003.damaged" / "state.json"), "bad");
  EXPECT_TRUE(list_checkpoints(folder).empty());
}

TEST(CheckpointFolder, RemovingAllSparesWhatIsNotOurs) {
  const auto folder = scratch_folder();
  for (const char* name :
       {"step-00000001", "step-00000002.damaged", ".step-00000003.tmp-1", ".step-00000004.replaced",
        ".step-00000005.removed", "step-mine", "mine.damaged", ".hidden"}) {
    make(folder / name);
  }
  remove_all_checkpoints(folder);
  EXPECT_THAT(names(folder), UnorderedElementsAre("step-mine", "mine.damaged", ".hidden"));
}

}  // namespace
}  // namespace train_backbone::io
