#include "train_backbone/comm/local_ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace train_backbone::comm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// Ranks that are shell scripts, in a folder of their own.
class LocalRanksTest : public ::testing::Test {
 protected:
  LocalRanksTest() : folder_(fs::temp_directory_path() / ("ranks" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~LocalRanksTest() override { fs::remove_all(folder_); }
  LocalRanksTest(const LocalRanksTest&) = delete;
  LocalRanksTest& operator=(const LocalRanksTest&) = delete;

  [[nodiscard]] int run(const std::string& script, int64_t count = 3,
                        std::chrono::milliseconds grace = std::chrono::seconds(20)) const {
    return run_local_ranks({.program = "/bin/sh",
                            .command = {"sh", "-c", "cd " + folder_.string() + "; " + script},
                            .count = count,
                            .grace = grace});
  }
  [[nodiscard]] std::string text_of(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void wait_for(const std::string& name) const {
    while (!fs::exists(folder_ / name)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  // Whether a process that has written its number into a file is still there. One that was killed
  // before it could leaves none, or an empty file.
  [[nodiscard]] bool lives(const std::string& name) const {
    const std::string number = text_of(name);
    return !number.empty() && ::kill(std::stoi(number), 0) == 0;
  }

  fs::path folder_;
};

TEST(LocalRankEnvironment, IsWhatTorchrunWouldSet) {
  const Environment environment{{"HOME", "/home"},
                                {"RANK", "9"},
                                {"MASTER_PORT", "1"},
                                {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
  const Environment alone = local_rank_environment(environment, {.count = 4}, 2, 4242);
  EXPECT_EQ(alone, (Environment{{"HOME", "/home"},
                                {"RANK", "2"},
                                {"WORLD_SIZE", "4"},
                                {"LOCAL_RANK", "2"},
                                {"LOCAL_WORLD_SIZE", "4"},
                                {"MASTER_ADDR", "127.0.0.1"},
                                {"MASTER_PORT", "4242"},
                                {"TRAIN_BACKBONE_LAUNCHER", "--gpus"}}));
  const LocalRanks second{.count = 4,
                          .host = {.rank = 1, .world_size = 2, .address = "algo-1", .port = 7777}};
  Environment there = local_rank_environment(environment, second, 3, 7777);
  EXPECT_EQ(there["RANK"], "7");
  EXPECT_EQ(there["WORLD_SIZE"], "8");
  EXPECT_EQ(there["LOCAL_RANK"], "3");
  EXPECT_EQ(there["MASTER_ADDR"], "algo-1");
  EXPECT_EQ(
      find_launch(there),
      (Launch{
          .rank = 7, .world_size = 8, .launcher = "--gpus", .address = "algo-1", .port = 7777}));
}

TEST_F(LocalRanksTest, EachIsAProcessWithItsPlace) {
  EXPECT_EQ(run("echo $RANK/$WORLD_SIZE $MASTER_PORT > $LOCAL_RANK"), 0);
  const std::string port = text_of("0").substr(4);
  EXPECT_GT(std::stoi(port), 1024);
  EXPECT_LT(std::stoi(port), 32768);  // from where on the system chooses
  EXPECT_EQ(text_of("0"), "0/3 " + port);
  EXPECT_EQ(text_of("2"), "2/3 " + port);
}

TEST_F(LocalRanksTest, TheFirstFailureCountsAndEndsTheOthers) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(run("echo $$ > p$RANK; if [ $RANK = 1 ]; then exit 3; fi; exec sleep 60", 3,
                std::chrono::milliseconds(300)),
            3);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  for (const char* name : {"p0", "p2"}) EXPECT_FALSE(lives(name));
}

TEST_F(LocalRanksTest, OneThatIsKilledIsTold) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run("if [ $RANK = 2 ]; then kill -9 $$; fi; exec sleep 60", 3,
                std::chrono::milliseconds(100)),
            4);
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_THAT(errors, HasSubstr("rank 2 (process "));
  EXPECT_THAT(errors, HasSubstr("was killed by signal 9"));
}

// The others end by themselves in time, with codes of their own.
TEST_F(LocalRanksTest, TheGraceIsForTheOthers) {
  EXPECT_EQ(run("if [ $RANK = 0 ]; then touch failed; exit 5; fi; "
                "while [ ! -e failed ]; do sleep 0.01; done; sleep 0.2; touch done$RANK; exit 4"),
            5);
  EXPECT_TRUE(fs::exists(folder_ / "done1"));
  EXPECT_TRUE(fs::exists(folder_ / "done2"));
}

class ForwardedSignal : public LocalRanksTest, public ::testing::WithParamInterface<int> {};

TEST_P(ForwardedSignal, ReachesAllRanks) {
  const pthread_t waiting = ::pthread_self();
  std::thread sender([&] {
    for (const char* name : {"ready0", "ready1"}) wait_for(name);
    ::pthread_kill(waiting, GetParam());
  });
  testing::internal::CaptureStderr();
  const std::string number = std::to_string(GetParam());
  const int code = run("trap 'touch got$RANK; exit 77' " + number +
                           "; touch ready$RANK; while true; do sleep 0.02; done",
                       2);
  sender.join();
  EXPECT_EQ(code, 77);
  EXPECT_TRUE(fs::exists(folder_ / "got0"));
  EXPECT_TRUE(fs::exists(folder_ / "got1"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("exit code")));
}

INSTANTIATE_TEST_SUITE_P(Each, ForwardedSignal, ::testing::Values(SIGTERM, SIGUSR1, SIGINT, SIGHUP),
                         [](const auto& signal) { return std::to_string(signal.param); });

TEST_F(LocalRanksTest, AProgramThatCannotBeExecutedFails) {
  EXPECT_EQ(run_local_ranks({.program = folder_ / "none", .command = {"none"}, .count = 2}), 127);
}

}  // namespace
}  // namespace train_backbone::comm
