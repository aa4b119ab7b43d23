#include "train_backbone/core/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/support/scratch.h"

namespace train_backbone::core {
namespace {

using test::message_of;
using testing::HasSubstr;

TEST(Errors, DataErrorNamesFileOffsetAndWhat) {
  EXPECT_STREQ(DataError("train-00001", "no such folder").what(), "train-00001: no such folder");
  EXPECT_STREQ(DataError("train-00001", 4711, "corrupt: x").what(),
               "train-00001 at byte 4711: corrupt: x");
}

TEST(Errors, EachTypeHasTheDocumentedExitCode) {
  EXPECT_EQ(static_cast<int>(UsageError("x").code()), 2);
  EXPECT_EQ(static_cast<int>(DataError("x", "y").code()), 3);
  EXPECT_EQ(static_cast<int>(DeviceError("x").code()), 4);
  EXPECT_EQ(static_cast<int>(DivergedError("x").code()), 5);
}

void fail_with(int error) {
  errno = error;
  throw_system_error("weights/last", "write");
}

TEST(Errors, FullOrFailingDiskIsADeviceError) {
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    const std::string text = message_of<DeviceError>([&] { fail_with(error); });
    EXPECT_THAT(text, HasSubstr("weights/last: cannot write: "));
    EXPECT_THAT(text, HasSubstr("free some space"));
  }
  EXPECT_THAT(message_of<DeviceError>([] { fail_with(EIO); }), HasSubstr("Input/output error"));
}

TEST(Errors, OfALongTextTheFirstLineIsRead) {
  EXPECT_EQ(first_line("CUDA error: out of memory\nException raised from\nframe #0"),
            "CUDA error: out of memory");
  EXPECT_EQ(first_line("one line"), "one line");
  EXPECT_EQ(first_line(""), "");
}

TEST(Errors, OtherFailuresOfTheSystemAreDataErrors) {
  EXPECT_EQ(message_of<DataError>([] { fail_with(ENOENT); }),
            "weights/last: cannot write: No such file or directory");
}

}  // namespace
}  // namespace train_backbone::core
