// Runs on every rank of an mpirun.
#include <gtest/gtest.h>

#include "tests/comm/communicator_battery.h"
#include "train_backbone/comm/launch.h"
#include "train_backbone/comm/make_communicator.h"

namespace train_backbone::comm {
namespace {

TEST(MpiRanks, KeepThePromises) {
  const Launch launch = find_launch(process_environment());
  ASSERT_EQ(launch.launcher, "Open MPI");
  const auto communicator = make_communicator(launch);
  EXPECT_EQ(communicator->rank(), launch.rank);
  EXPECT_EQ(communicator->world_size(), launch.world_size);
  expect_promises_kept(*communicator);
}

}  // namespace
}  // namespace train_backbone::comm
