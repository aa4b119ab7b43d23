// Ranks that do not fit together, and errors of all.
#include "tests/system/ranks_fixture.h"
#include "train_backbone/core/version.h"

namespace train_backbone::test {
namespace {

TEST_F(Ranks, AnotherCommandLineOnOneRankIsRefused) {
  expect_refused(arguments("run", {"--seed", "1"}), arguments("run", {"--seed", "2"}),
                 "--seed is 2 (1 on rank 0)");
  expect_refused(arguments("run", {}), arguments("run", {"--model", "resnet18v1_d"}),
                 "--model is resnet18v1_d (resnet18v1_b on rank 0)");
}

TEST_F(Ranks, OtherDataOnOneRankAreRefused) {
  const TinyData other(scratch_.path() / "other");
  std::string bytes = file_bytes(other.training_shard());
  write_bytes(other.training_shard(), bytes + bytes);  // each record twice
  expect_refused(arguments("run", {}), arguments("run", {"--train_data_dir", other.train.string()}),
                 "the training records is ");
}

// A copy of the program that says another version.
TEST_F(Ranks, AnotherVersionOnOneRankIsRefused) {
  const std::string version(core::program_version());
  const std::string newer(version.size(), '9');
  std::string program = file_bytes(program_path());
  for (size_t at = 0; (at = program.find(version, at)) != std::string::npos; ++at) {
    // The whole of a constant, not part of another one.
    if (program[at - 1] == '\0' && program[at + version.size()] == '\0') {
      program.replace(at, version.size(), newer);
    }
  }
  const auto path = scratch_.path() / "train_backbone";
  write_bytes(path, program);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  expect_refused(arguments("run", {}), arguments("run", {}),
                 "the program's version is " + newer + " (" + version + " on rank 0)",
                 path.string());
}

TEST_F(Ranks, AnErrorIsToldOnce) {
  const ProgramResult run = train(4, "run", {"--label_offset", "40"});
  expect_code(run, 3);
  const size_t first = run.errors.find("] error: ");
  ASSERT_NE(first, std::string::npos) << run.errors;
  EXPECT_EQ(run.errors.find("] error: ", first + 1), std::string::npos) << run.errors;
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "run"));
}

TEST_F(Ranks, WhatCannotBeSharedIsRefused) {
  const ProgramResult odd = train(3, "run", {});  // 16 samples
  expect_code(odd, 2);
  EXPECT_THAT(odd.errors, HasSubstr("15 or 18"));
}

}  // namespace
}  // namespace train_backbone::test
