#include "train_backbone/config/guarded.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>

#include "train_backbone/core/errors.h"

namespace train_backbone::config {
namespace {

struct Reported {
  int exit_code;
  std::string text;
};

Reported run(const std::function<int()>& body) {
  testing::internal::CaptureStderr();
  const int exit_code = run_guarded(body);
  return {exit_code, testing::internal::GetCapturedStderr()};
}

TEST(Guarded, PassesTheExitCodeOn) {
  const Reported reported = run([] { return 143; });
  EXPECT_EQ(reported.exit_code, 143);
  EXPECT_EQ(reported.text, "");
}

TEST(Guarded, ReportsEachErrorWithItsDocumentedExitCode) {
  const Reported usage = run([]() -> int { throw core::UsageError("bad option"); });
  EXPECT_EQ(usage.exit_code, 2);
  EXPECT_EQ(usage.text, "error: bad option\n");
  EXPECT_EQ(run([]() -> int { throw core::DataError("f", "torn"); }).exit_code, 3);
  EXPECT_EQ(run([]() -> int { throw core::DeviceError("full"); }).exit_code, 4);
  EXPECT_EQ(run([]() -> int { throw core::DivergedError("nan"); }).exit_code, 5);
}

TEST(Guarded, CallsAFolderThatCannotBeLookedAtBadData) {
  const Reported reported = run([]() -> int {
    throw std::filesystem::filesystem_error("what", "some/folder",
                                            std::make_error_code(std::errc::permission_denied));
  });
  EXPECT_EQ(reported.exit_code, 3);
  EXPECT_EQ(reported.text, "error: some/folder: cannot be looked at: Permission denied\n");
}

TEST(Guarded, CallsEverythingElseAnInternalErrorOfOneLine) {
  const Reported reported =
      run([]() -> int { throw std::runtime_error("shapes differ\nframe #0: here"); });
  EXPECT_EQ(reported.exit_code, 1);
  EXPECT_EQ(reported.text, "error: internal error: shapes differ\n");
  EXPECT_EQ(run([]() -> int { throw std::bad_alloc(); }).text,
            "error: internal error: out of memory\n");
}

// In a process of its own: standard output is replaced.
TEST(GuardedDeathTest, SurvivesAReaderThatGoesAway) {
  const auto write_into_closed_pipe = [] {
    int ends[2];
    if (::pipe(ends) != 0) std::_Exit(90);
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    std::_Exit(run_guarded([] {
      for (int i = 0; i < 1000; ++i) std::cout << "a line of results" << std::endl;
      return 7;
    }));
  };
  EXPECT_EXIT(write_into_closed_pipe(), testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace train_backbone::config
