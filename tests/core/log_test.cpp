#include "train_backbone/core/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/version.h"

namespace train_backbone::core {
namespace {

using testing::HasSubstr;

TEST(Log, LevelsAreReadByName) {
  EXPECT_EQ(parse_log_level("debug"), LogLevel::kDebug);
  EXPECT_EQ(parse_log_level("Info"), LogLevel::kInfo);
  EXPECT_EQ(parse_log_level("WARNING"), LogLevel::kWarning);
  EXPECT_EQ(parse_log_level("warn"), LogLevel::kWarning);
  EXPECT_EQ(parse_log_level("error"), LogLevel::kError);
}

TEST(Log, UnknownLevelIsAnsweredWithTheNearest) {
  EXPECT_EQ(test::message_of<UsageError>([] { parse_log_level("wraning"); }),
            "unknown log level 'wraning'; did you mean 'warning'?");
  EXPECT_THAT(test::message_of<UsageError>([] { parse_log_level("everything"); }),
              HasSubstr("known are 'debug', 'info', 'warning' and 'error'"));
}

// A terminal that is stopped, a pipe that nobody reads.
TEST(Log, TheLastErrorWaitsForNoReader) {
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const std::string piece(4096, 'x');
  while (::write(ends[1], piece.data(), piece.size()) > 0) continue;
  ::fcntl(ends[1], F_SETFL, 0);  // writing blocks from here on
  const int own = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  const auto begin = std::chrono::steady_clock::now();
  tell_last_error("lost");
  const auto time = std::chrono::steady_clock::now() - begin;
  ::dup2(own, STDERR_FILENO);
  for (const int end : {own, ends[0], ends[1]}) ::close(end);
  EXPECT_GT(time, std::chrono::milliseconds(500));  // the pipe was full
  EXPECT_LT(time, std::chrono::seconds(10));
}

TEST(Log, TheLastErrorLooksLikeOthers) {
  testing::internal::CaptureStderr();
  tell_last_error("rank 1 is lost");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "error: rank 1 is lost\n");
}

TEST(Log, WhatEndsTheProgramIsCopiedToAFileThatIsAskedFor) {
  const auto file = test::scratch_folder() / "output/failure";
  copy_errors_to(file);
  testing::internal::CaptureStderr();
  log_error("not the end");
  EXPECT_FALSE(std::filesystem::exists(file));
  tell_error("first");
  tell_error("data are gone");
  tell_last_error("another rank has failed");  // whose own words are there
  EXPECT_EQ(test::slurp(file), "data are gone");
  std::filesystem::remove(file);
  tell_last_error(std::string(5000, 'x'));
  EXPECT_EQ(test::slurp(file), std::string(kErrorBytes, 'x'));
  copy_errors_to({});
  tell_error("elsewhere");
  EXPECT_EQ(test::slurp(file), std::string(kErrorBytes, 'x'));
  testing::internal::GetCapturedStderr();
}

TEST(Log, WritesLinesFromTheChosenLevelOnToStandardError) {
  configure_log(LogLevel::kWarning);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  log_info("{} not shown", 1);
  log_warning("shard {} of {}", 2, 3);
  log_error("braces {{}} stay");
  log_line(LogLevel::kError, "as it is: {}");
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  configure_log(LogLevel::kInfo);
  EXPECT_EQ(errors, "warning: shard 2 of 3\nerror: braces {} stay\nerror: as it is: {}\n");
}

TEST(Version, IsThreeNumbers) {
  EXPECT_THAT(std::string(program_version()), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace train_backbone::core
