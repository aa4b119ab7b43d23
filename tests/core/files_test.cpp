#include "train_backbone/core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>
#include <utility>

#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::core {
namespace {

using test::message_of;
using test::scratch_folder;
using test::slurp;
using test::spill;
using testing::AllOf;
using testing::HasSubstr;

TEST(AtomicFile, WithoutCommitNothingIsThere) {
  const auto folder = scratch_folder();
  {
    AtomicFile file(folder / "shard");
    file.write(std::string(3 << 20, 'x'));
    EXPECT_FALSE(std::filesystem::exists(folder / "shard"));
    EXPECT_FALSE(is_empty(folder));
  }
  EXPECT_TRUE(is_empty(folder));
}

TEST(AtomicFile, AfterCommitItIsWholeAndAlone) {
  const auto folder = scratch_folder();
  std::string expected;
  AtomicFile file(folder / "shard");
  // Pieces below, at and above the buffer's size.
  for (const size_t size : {1U, 1000U, (1U << 20) - 1, 1U << 20, 7U, (2U << 20) + 5, 0U}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    file.write(piece);
    expected += piece;
  }
  EXPECT_EQ(file.size(), expected.size());
  file.commit();
  EXPECT_TRUE(slurp(folder / "shard") == expected);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(AtomicFile, OldFileStaysUntilCommit) {
  const auto folder = scratch_folder();
  spill(folder / "last", "old");
  { AtomicFile(folder / "last").write("half of the n"); }
  EXPECT_EQ(slurp(folder / "last"), "old");
  write_file_atomic(folder / "last", "new");
  EXPECT_EQ(slurp(folder / "last"), "new");
}

TEST(AtomicFile, TwoWritersOfOneNameDoNotMix) {
  const auto folder = scratch_folder();
  AtomicFile first(folder / "index");
  AtomicFile second(folder / "index");
  first.write("first");
  second.write("second");
  second.commit();
  first.commit(false);
  EXPECT_EQ(slurp(folder / "index"), "first");
}

// In a container the process number of a run that was killed comes again.
TEST(AtomicFile, LeftoversOfAnotherRunWithThisProcessNumberAreNotInTheWay) {
  const auto folder = scratch_folder();
  const std::string start = ".shard.tmp-" + std::to_string(::getpid()) + "-";
  for (int number = 0; number < 200; ++number) spill(folder / (start + std::to_string(number)), "");
  write_file_atomic(folder / "shard", "whole");
  EXPECT_EQ(slurp(folder / "shard"), "whole");
}

TEST(AtomicFile, MissingFolderIsNamed) {
  const auto path = scratch_folder() / "missing" / "shard";
  EXPECT_THAT(message_of<DataError>([&] { AtomicFile file(path); }),
              AllOf(HasSubstr(path.string()), HasSubstr("No such file")));
}

TEST(AtomicFile, FullDiskIsADeviceErrorThatLeavesNothing) {
  const auto folder = scratch_folder();
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string text = message_of<DeviceError>(
      [&] { write_file_atomic(folder / "weights", std::string(10'000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(text, HasSubstr((folder / "weights").string()));
  EXPECT_TRUE(is_empty(folder));
}

TEST(ReadFile, GivesAllBytesUpToItsLimit) {
  const auto path = scratch_folder() / "list.txt";
  const std::string text("a\0b\n", 4);
  spill(path, text);
  EXPECT_EQ(read_file(path), text);
  EXPECT_EQ(read_file(path, 4), text);
  EXPECT_THAT(message_of<DataError>([&] { read_file(path, 3); }),
              AllOf(HasSubstr(path.string()), HasSubstr("holds 4 bytes")));
}

TEST(ReadFile, MissingFileAndFolderAreNamed) {
  const auto folder = scratch_folder();
  EXPECT_THAT(message_of<DataError>([&] { read_file(folder / "none"); }),
              AllOf(HasSubstr((folder / "none").string()), HasSubstr("cannot open")));
  EXPECT_THAT(message_of<DataError>([&] { read_file(folder); }),
              AllOf(HasSubstr(folder.string()), HasSubstr("is a folder")));
}

TEST(ReadFile, PipeIsReadToItsEnd) {
  const auto path = scratch_folder() / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string text(100'000, 'x');  // more than a pipe holds at a time
  for (const uint64_t limit : {text.size(), text.size() - 1}) {
    std::thread writer([&] { spill(path, text); });
    if (limit == text.size()) {
      EXPECT_EQ(read_file(path, limit), text);
    } else {
      EXPECT_THAT(message_of<DataError>([&] { read_file(path, limit); }),
                  HasSubstr("holds more than the 99999 bytes allowed here"));
    }
    writer.join();
  }
}

// Opening one would wait for a writer, for ever.
TEST(OpenForReading, PipeFolderAndMissingFileAreNamed) {
  const auto folder = scratch_folder();
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(message_of<DataError>([&] { open_for_reading(folder / "pipe"); }),
              AllOf(HasSubstr((folder / "pipe").string()), HasSubstr("is not a regular file")));
  EXPECT_THAT(message_of<DataError>([&] { open_for_reading(folder); }), HasSubstr("is a folder"));
  EXPECT_THAT(message_of<DataError>([&] { open_for_reading(folder / "none"); }),
              HasSubstr("cannot open"));
}

TEST(ReadAt, GivesFewerBytesOnlyAtTheEnd) {
  const auto path = scratch_folder() / "file";
  spill(path, "0123456789");
  const FileDescriptor file = open_for_reading(path);
  EXPECT_EQ(file_size(file, path), 10U);
  std::array<uint8_t, 4> bytes{};
  EXPECT_EQ(read_at(file, path, 3, bytes), 4U);
  EXPECT_EQ(bytes[0], '3');
  EXPECT_EQ(read_at(file, path, 8, bytes), 2U);
  EXPECT_EQ(bytes[1], '9');
  EXPECT_EQ(read_at(file, path, 10, bytes), 0U);
}

TEST(FileDescriptor, MovesAndClosesOnce) {
  const auto path = scratch_folder() / "file";
  spill(path, "x");
  FileDescriptor first = open_for_reading(path);
  const int number = first.get();
  FileDescriptor second = std::move(first);
  EXPECT_EQ(second.get(), number);
  second.close(path);
  EXPECT_FALSE(second.valid());
  second.close(path);  // nothing left to close, no error
}

TEST(RequireWritableDirectory, MakesItWithParentsAndLeavesItEmpty) {
  const auto folder = scratch_folder() / "runs" / "first";
  require_writable_directory(folder, "--model_dir");
  EXPECT_TRUE(is_empty(folder));
}

TEST(RequireWritableDirectory, OptionAndFolderAreNamedWhenItCannotBe) {
  const auto folder = scratch_folder();
  spill(folder / "file", "x");
  // Also root cannot make folders in a file, or files in /proc.
  for (const auto& bad : {folder / "file", folder / "file" / "run", std::filesystem::path("/proc"),
                          std::filesystem::path("/proc/none")}) {
    EXPECT_THAT(message_of<UsageError>([&] { require_writable_directory(bad, "--model_dir"); }),
                HasSubstr("--model_dir " + bad.string()));
  }
}

}  // namespace
}  // namespace train_backbone::core
