#include "train_backbone/comm/launch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/core/errors.h"

namespace train_backbone::comm {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

void expect_refused(const Environment& environment, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_THAT([&] { find_launch(environment); },
                ThrowsMessage<core::UsageError>(HasSubstr(part)));
  }
}

TEST(FindLaunch, WithoutALauncherTheProcessIsAlone) {
  EXPECT_EQ(find_launch({}), Launch{});
  EXPECT_EQ(find_launch({{"HOME", "/root"}, {"WORLD_SIZE", "4"}}), Launch{});
}

TEST(FindLaunch, OpenMpiConnectsItsRanksItself) {
  EXPECT_EQ(find_launch({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "8"}}),
            (Launch{.rank = 2, .world_size = 8, .launcher = "Open MPI", .over_mpi = true}));
}

TEST(FindLaunch, OneRankNeedsNoMpi) {
  EXPECT_FALSE(
      find_launch({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}).over_mpi);
}

TEST(FindLaunch, TorchrunTellsWhereToMeet) {
  const Environment environment{
      {"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "10.0.0.1"}, {"MASTER_PORT", "1234"}};
  EXPECT_EQ(find_launch(environment), (Launch{.rank = 1,
                                              .world_size = 2,
                                              .launcher = "torchrun",
                                              .address = "10.0.0.1",
                                              .port = 1234}));
}

TEST(FindLaunch, OfALauncherWithinAnotherTheInnerOneCounts) {
  Environment environment{
      {"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"},
      {"PMI_RANK", "5"},      {"PMI_SIZE", "6"},     {"MASTER_ADDR", "a"}};
  EXPECT_EQ(find_launch(environment).launcher, "PMI");
  environment.insert({{"RANK", "1"}, {"WORLD_SIZE", "3"}});
  EXPECT_EQ(find_launch(environment).launcher, "torchrun");
  environment.insert({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "8"}});
  EXPECT_EQ(find_launch(environment).launcher, "Open MPI");
}

TEST(FindLaunch, SlurmsFirstHostIsWhereTheRanksMeet) {
  const Environment step{{"SLURM_STEP_ID", "0"},
                         {"SLURM_PROCID", "3"},
                         {"SLURM_STEP_NUM_TASKS", "4"},
                         {"SLURM_STEP_NODELIST", "gpu[07-08]"}};
  EXPECT_EQ(
      find_launch(step),
      (Launch{.rank = 3, .world_size = 4, .launcher = "Slurm", .address = "gpu07", .port = 29500}));
}

TEST(FindLaunch, TorchrunsAgentKeepsThePortForItself) {
  Environment environment{{"RANK", "0"},
                          {"WORLD_SIZE", "2"},
                          {"MASTER_ADDR", "a"},
                          {"MASTER_PORT", "1234"},
                          {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
  EXPECT_EQ(find_launch(environment).port, 1235);
  environment["MASTER_PORT"] = "65535";
  EXPECT_EQ(find_launch(environment).port, 65534);
  environment["TORCHELASTIC_USE_AGENT_STORE"] = "False";
  EXPECT_EQ(find_launch(environment).port, 65535);
}

TEST(FindLaunch, SlurmKnowsTheHostsThatItsPmiDoesNotTell) {
  Environment environment{{"SLURM_STEP_ID", "0"},
                          {"SLURM_PROCID", "1"},
                          {"PMI_RANK", "1"},
                          {"PMI_SIZE", "2"},
                          {"SLURM_STEP_NODELIST", "gpu[07-08]"}};
  environment["SLURM_STEP_NUM_TASKS"] = "2";
  EXPECT_EQ(find_launch(environment).address, "gpu07");
  environment["SLURM_STEP_NUM_TASKS"] = "1";  // of another launcher's daemons
  expect_refused(environment, {"PMI: ", "MASTER_ADDR"});
}

// salloc's shell is a step of one task in an allocation for more.
TEST(FindLaunch, AnInteractiveStepIsAlone) {
  const Environment environment{{"SLURM_STEP_ID", "4294967290"},
                                {"SLURM_PROCID", "0"},
                                {"SLURM_NTASKS", "8"},
                                {"SLURM_STEP_NUM_TASKS", "1"}};
  EXPECT_EQ(find_launch(environment).world_size, 1);
}

TEST(FindLaunch, AnAllocationIsNoStep) {
  EXPECT_EQ(
      find_launch({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "0"}, {"SLURM_NODELIST", "a"}}),
      Launch{});
}

TEST(FindLaunch, SageMakersHostsAreRanksWhereNoLauncherSaysOtherwise) {
  const Cluster cluster{.current_host = "algo-2", .hosts = {"algo-1", "algo-2"}};
  EXPECT_EQ(find_launch({}, cluster), (Launch{.rank = 1,
                                              .world_size = 2,
                                              .launcher = "SageMaker",
                                              .address = "algo-1",
                                              .port = 29500}));
  EXPECT_EQ(find_launch({{"MASTER_PORT", "7"}}, cluster).port, 7);
  EXPECT_EQ(find_launch({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "16"}}, cluster)
                .world_size,
            16);
  EXPECT_EQ(find_launch({}, Cluster{.current_host = "algo-1", .hosts = {"algo-1"}}).world_size, 1);
  const Cluster foreign{.current_host = "algo-3", .hosts = {"algo-1", "algo-2"}};
  EXPECT_THAT([&] { find_launch({}, foreign); },
              ThrowsMessage<core::UsageError>(AllOf(HasSubstr("algo-3"), HasSubstr("algo-1"))));
}

TEST(FindLaunch, IncompleteOrContradictoryVariablesAreRefused) {
  expect_refused({{"RANK", "0"}}, {"WORLD_SIZE is not set", "unset them all"});
  expect_refused({{"RANK", "2"}, {"WORLD_SIZE", "2"}}, {"RANK=2 is not below WORLD_SIZE=2"});
  expect_refused({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}, {"RANK=-1"});
  expect_refused({{"RANK", "x"}, {"WORLD_SIZE", "2"}}, {"RANK=x"});
  expect_refused({{"RANK", "0"}, {"WORLD_SIZE", "2"}}, {"MASTER_ADDR"});
  expect_refused({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "0"}},
                 {"MASTER_PORT=0"});
  expect_refused({{"OMPI_COMM_WORLD_RANK", "0"}}, {"OMPI_COMM_WORLD_SIZE", "mpirun"});
  expect_refused({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}, {"MASTER_ADDR", "Open MPI"});
}

TEST(FirstHost, OfListsAsSlurmWritesThem) {
  EXPECT_EQ(first_host("alone"), "alone");
  EXPECT_EQ(first_host("a,b"), "a");
  EXPECT_EQ(first_host("node[07-12,15],gpu3"), "node07");
  EXPECT_EQ(first_host("node[3,7]"), "node3");
  EXPECT_EQ(first_host("rack[1-2]-node,x"), "rack1-node");
  EXPECT_EQ(first_host("x,node[3,7]"), "x");
}

}  // namespace
}  // namespace train_backbone::comm
