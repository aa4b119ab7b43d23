#include "commands/doctor/finding.h"

#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

TEST(Finding, ErrorsOfDataDecideTheExitCode) {
  const Finding fine = ok("a", "b");
  const Finding doubt = of_data(warning("a", "b", "c"));
  const Finding machine = error("a", "b", "c");
  const Finding data = of_data(error("a", "b", "c"));
  EXPECT_EQ(exit_code_of({}), 0);
  EXPECT_EQ(exit_code_of({fine, doubt}), 0);
  EXPECT_EQ(exit_code_of({fine, machine, doubt}), 4);
  EXPECT_EQ(exit_code_of({machine, data}), 3);
  EXPECT_EQ(exit_code_of({data, machine}), 3);
}

TEST(Finding, BytesAreTextWithTwoDigitsAtLeast) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(1023), "1023 bytes");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text(64.0 * (1 << 20)), "64 MiB");
  EXPECT_EQ(bytes_text(3e15), "2728 TiB");
}

}  // namespace
}  // namespace train_backbone::commands
