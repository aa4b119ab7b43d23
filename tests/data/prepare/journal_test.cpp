#include "data/prepare/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>

#include "test_pictures.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::data {
namespace {

using testing::HasSubstr;

// The disk takes the first bytes of a line and no more, which write() answers without an error.
TEST(JournalTest, LineThatFitsOnlyInPartIsADeviceError) {
  const std::filesystem::path path = fresh_folder("journal") / "prepare-train.txt";
  Journal journal(path, {.fingerprint = 1, .share = {}, .finished = {}});
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small = {.rlim_cur = std::filesystem::file_size(path) + 5,
                        .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string text;
  errno = 0;
  try {
    journal.add({.shard = 1, .records = 2, .bytes = 3, .bad = {}});
  } catch (const core::Error& error) {
    text = error.what();
    EXPECT_EQ(error.code(), core::ExitCode::kDevice);
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(text, HasSubstr("prepare-train.txt: cannot write: File too large"));
}

}  // namespace
}  // namespace train_backbone::data
