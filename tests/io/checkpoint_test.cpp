#include "train_backbone/io/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <limits>

#include "io/checksum_text.h"
#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/io/weights.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Checkpoint sample(int64_t step) {
  Checkpoint checkpoint;
  checkpoint.step = step;
  checkpoint.best_top1 = 100.0 / 3.0;
  checkpoint.best_step = step - 1;
  checkpoint.meters = {{"loss", 0.1 + 0.2}, {"tiny", 5e-324}, {"minus_zero", -0.0}};
  checkpoint.config = {{"model", "resnet50v1_b"}, {"note", "ümlaut \"quote\"\n"}};
  checkpoint.data_fingerprint = 0xfedcba9876543210U;
  checkpoint.model = {{"w", torch::full({3}, static_cast<double>(step))},
                      {"n", torch::tensor(int64_t{7})}};
  checkpoint.optimizer = {{"w", torch::ones(3) * 0.5}};
  return checkpoint;
}

void damage(const fs::path& file) {
  std::string bytes = slurp(file);
  bytes[bytes.size() / 2] ^= 1;
  spill(file, bytes);
}

// As a later version of the program would have written it, checksum and all.
void write_state_of_format_2(const fs::path& path) {
  std::string text = slurp(path);
  const std::string version = "\"format_version\": 1";
  text.replace(text.find(version), version.size(), "\"format_version\": 2");
  const std::string key = "\"crc32c\": \"";
  const size_t at = text.find(key) + key.size();
  text.replace(at, kChecksumTextBytes, kChecksumTextBytes, '0');
  text.replace(at, kChecksumTextBytes, checksum_text(text));
  spill(path, text);
}

TEST(CheckpointIo, ReadsBackWhatWasSaved) {
  const auto folder = scratch_folder() / "deep" / "checkpoints";
  const Checkpoint saved = sample(1234);
  const fs::path path = save_checkpoint(folder, saved);
  EXPECT_EQ(path, folder / "step-00001234");
  const Checkpoint loaded = load_checkpoint(path);
  EXPECT_EQ(loaded.step, saved.step);
  EXPECT_EQ(loaded.best_top1, saved.best_top1);
  EXPECT_EQ(loaded.best_step, saved.best_step);
  EXPECT_EQ(loaded.meters, saved.meters);
  EXPECT_TRUE(std::signbit(loaded.meters.at("minus_zero")));
  EXPECT_EQ(loaded.config, saved.config);
  EXPECT_EQ(loaded.data_fingerprint, saved.data_fingerprint);
  ASSERT_EQ(loaded.model.size(), 2U);
  EXPECT_EQ(loaded.model[0].first, "n");
  EXPECT_TRUE(at::equal(loaded.model[1].second, saved.model[0].second));
  ASSERT_EQ(loaded.optimizer.size(), 1U);
  EXPECT_TRUE(at::equal(loaded.optimizer[0].second, saved.optimizer[0].second));
}

TEST(CheckpointIo, NotANumberSurvives) {
  const auto folder = scratch_folder();
  Checkpoint checkpoint = sample(1);
  checkpoint.meters["loss"] = std::numeric_limits<double>::quiet_NaN();
  const fs::path path = save_checkpoint(folder, checkpoint);
  EXPECT_THAT(slurp(path / "state.json"), HasSubstr("\"loss\": null"));
  EXPECT_TRUE(std::isnan(load_checkpoint(path).meters.at("loss")));
}

class CheckpointFile : public testing::TestWithParam<const char*> {};

TEST_P(CheckpointFile, EveryFlippedByteIsFoundAndTheFileNamed) {
  const fs::path path = save_checkpoint(scratch_folder(), sample(5));
  const fs::path file = path / GetParam();
  const std::string good = slurp(file);
  constexpr std::array<char, 3> kBits = {'\x01', '\x20', '\x80'};
  for (size_t i = 0; i < good.size(); ++i) {
    put_byte(file, i, static_cast<char>(good[i] ^ kBits[i % kBits.size()]));
    ASSERT_THAT(message_of<core::DataError>([&] { load_checkpoint(path); }),
                HasSubstr(file.string()))
        << "byte " << i;
    put_byte(file, i, good[i]);
  }
  EXPECT_NO_THROW(load_checkpoint(path));
}

TEST_P(CheckpointFile, EveryTruncationIsFound) {
  const fs::path path = save_checkpoint(scratch_folder(), sample(5));
  const fs::path file = path / GetParam();
  const std::string good = slurp(file);
  for (size_t length = good.size(); length-- > 0;) {
    fs::resize_file(file, length);
    ASSERT_THROW(load_checkpoint(path), core::DataError) << length;
  }
  spill(file, good + "x");
  EXPECT_THROW(load_checkpoint(path), core::DataError) << "one byte more";
  fs::remove(file);
  EXPECT_THROW(load_checkpoint(path), core::DataError) << "missing";
}

INSTANTIATE_TEST_SUITE_P(Each, CheckpointFile,
                         testing::Values("model.safetensors", "optimizer.safetensors",
                                         "state.json"),
                         [](const auto& row) {
                           const std::string name = row.param;
                           return name.substr(0, name.find('.'));
                         });

TEST(CheckpointIo, FilesOfAnotherCheckpointAreFound) {
  const auto folder = scratch_folder();
  const fs::path first = save_checkpoint(folder, sample(1));
  const fs::path second = save_checkpoint(folder, sample(2));
  fs::copy_file(first / "model.safetensors", second / "model.safetensors",
                fs::copy_options::overwrite_existing);
  EXPECT_THAT(message_of<core::DataError>([&] { load_checkpoint(second); }),
              HasSubstr("model.safetensors"));
}

TEST(CheckpointIo, SomethingElseIsNoCheckpoint) {
  const auto folder = scratch_folder();
  EXPECT_THAT(message_of<core::DataError>([&] { load_checkpoint(folder); }),
              HasSubstr("not a checkpoint"));
  EXPECT_THAT(message_of<core::DataError>([&] { load_checkpoint(folder / "absent"); }),
              HasSubstr("not a checkpoint"));
}

TEST(CheckpointIo, AnEqualOneIsLeftAndADamagedOrDifferentOneReplaced) {
  const auto folder = scratch_folder();
  const fs::path path = save_checkpoint(folder, sample(3));
  const auto written = fs::last_write_time(path / "state.json");
  save_checkpoint(folder, sample(3));
  EXPECT_EQ(fs::last_write_time(path / "state.json"), written);

  damage(path / "optimizer.safetensors");
  save_checkpoint(folder, sample(3));
  EXPECT_NO_THROW(load_checkpoint(path));

  Checkpoint other = sample(3);
  other.best_top1 = 50;
  save_checkpoint(folder, other);
  EXPECT_EQ(load_checkpoint(path).best_top1, 50);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "nothing hidden is left";
}

TEST(CheckpointIo, AFailedSaveLeavesNothing) {
  const auto folder = scratch_folder();
  Checkpoint checkpoint = sample(3);
  checkpoint.optimizer = {{"w", torch::ones(1)}, {"w", torch::ones(1)}};
  EXPECT_THROW(save_checkpoint(folder, checkpoint), core::Error);
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST(CheckpointIo, AFullDiskLeavesTheOldOnesAlone) {
  const auto folder = scratch_folder();
  save_checkpoint(folder, sample(1));
  Checkpoint large = sample(2);
  large.model = {{"w", torch::ones(1 << 20)}};
  {
    const FileSizeLimit limit(1 << 20);
    EXPECT_THROW(save_checkpoint(folder, large), core::DeviceError);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
  EXPECT_EQ(load_newest_checkpoint(folder)->checkpoint.step, 1);
}

TEST(NewestCheckpoint, IsNothingWithoutAny) {
  const auto folder = scratch_folder();
  EXPECT_FALSE(load_newest_checkpoint(folder));
  EXPECT_FALSE(load_newest_checkpoint(folder / "absent"));
}

TEST(NewestCheckpoint, SkipsADamagedOneWithAWarning) {
  const auto folder = scratch_folder();
  for (int64_t step : {10, 20, 30}) save_checkpoint(folder, sample(step));
  damage(folder / "step-00000030" / "model.safetensors");
  testing::internal::CaptureStderr();
  const auto newest = load_newest_checkpoint(folder);
  const std::string warning = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->checkpoint.step, 20);
  EXPECT_EQ(newest->path, folder / "step-00000020");
  EXPECT_THAT(warning,
              testing::AllOf(HasSubstr("step-00000030/model.safetensors"), HasSubstr("damaged")));
  EXPECT_THAT(newest->damaged, testing::ElementsAre(folder / "step-00000030"));
  EXPECT_TRUE(fs::exists(folder / "step-00000030")) << "reading changes nothing";
}

// Else two damaged newer ones would be the two generations kept, and the good one removed.
TEST(NewestCheckpoint, DamagedOnesThatWereSetAsideDoNotCountWhenPruning) {
  const auto folder = scratch_folder();
  for (int64_t step : {10, 20, 30}) save_checkpoint(folder, sample(step));
  damage(folder / "step-00000030" / "state.json");
  damage(folder / "step-00000020" / "state.json");
  const auto newest = load_newest_checkpoint(folder);
  ASSERT_EQ(newest->checkpoint.step, 10);
  for (const fs::path& path : newest->damaged) set_aside_checkpoint(path);
  save_checkpoint(folder, sample(15));
  prune_checkpoints(folder, std::nullopt);
  EXPECT_THAT(list_checkpoints(folder),
              testing::ElementsAre(folder / "step-00000015", folder / "step-00000010"));
}

TEST(NewestCheckpoint, AllDamagedIsAnErrorAndNothingIsRenamed) {
  const auto folder = scratch_folder();
  damage(save_checkpoint(folder, sample(10)) / "state.json");
  EXPECT_THAT(message_of<core::DataError>([&] { load_newest_checkpoint(folder); }),
              testing::AllOf(HasSubstr("state.json"), HasSubstr("--overwrite")));
  EXPECT_EQ(list_checkpoints(folder).size(), 1U);
}

// A newer program's checkpoint is whole: passing over it would lose its training.
TEST(NewestCheckpoint, OfAnotherFormatIsAnErrorAndNoDamage) {
  const auto folder = scratch_folder();
  save_checkpoint(folder, sample(10));
  const fs::path state = save_checkpoint(folder, sample(20)) / "state.json";
  write_state_of_format_2(state);
  EXPECT_THAT(message_of<core::UsageError>([&] { load_newest_checkpoint(folder); }),
              HasSubstr("format 2"));
}

TEST(NewestCheckpoint, SurvivesAKillAtAnyMomentOfSaving) {
  const auto folder = scratch_folder();
  save_checkpoint(folder, sample(1));
  for (int round = 0; round < 12; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // Rewrites of one step with changing content, so that the replacement is hit, too.
      for (int64_t i = 0;; ++i) {
        Checkpoint checkpoint = sample(2);
        checkpoint.best_step = i;
        save_checkpoint(folder, checkpoint);
      }
    }
    ::usleep(static_cast<useconds_t>(3000 + 1700 * round));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const auto newest = load_newest_checkpoint(folder);
    ASSERT_TRUE(newest);
    EXPECT_FALSE(fs::exists(folder / "step-00000002.damaged"));
    prune_checkpoints(folder, std::nullopt);
    EXPECT_EQ(load_newest_checkpoint(folder)->checkpoint.step, newest->checkpoint.step);
  }
}

TEST(Weights, ComeFromAFileOrFromACheckpoint) {
  const auto folder = scratch_folder();
  write_weights(folder / "weights" / "last.safetensors", sample(4).model, {{"model", "x"}});
  const SafetensorsFile file = read_weights(folder / "weights" / "last.safetensors");
  EXPECT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.metadata.at("model"), "x");
  EXPECT_THAT(file.metadata.at("producer"), HasSubstr("train_backbone"));

  const SafetensorsFile model = read_weights(save_checkpoint(folder, sample(4)));
  EXPECT_EQ(model.tensors.size(), 2U);
  EXPECT_EQ(model.metadata.at("model"), "resnet50v1_b");

  write_weights(folder / "none.safetensors", {}, {});
  EXPECT_THROW(read_weights(folder / "none.safetensors"), core::DataError);
  EXPECT_THROW(read_weights(folder / "absent.safetensors"), core::DataError);
}

}  // namespace
}  // namespace train_backbone::io
