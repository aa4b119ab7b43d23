#include "train_backbone/ops/device_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/core/errors.h"

namespace train_backbone::ops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::Throws;
using ::testing::ThrowsMessage;

Gpu gpu(const char* name, int capability) {
  return {.name = name, .capability = capability, .memory = int64_t{1} << 34, .id = name};
}

// A machine on which the build for CUDA 13 works.
GpuReport good_machine(int gpus = 1) {
  GpuReport report{.build = "cuda",
                   .cuda = 13000,
                   .architectures = {75, 80, 86, 90, 100, 120},
                   .has_driver = true,
                   .driver_cuda = 13000,
                   .failure = {},
                   .gpus = {}};
  for (int i = 0; i < gpus; ++i) report.gpus.push_back(gpu("NVIDIA H100", 90));
  return report;
}

// What `auto` says, and that `cuda` fails with the same.
std::string reason_of(const GpuReport& report) {
  const DeviceChoice choice = choose_device("auto", report, {});
  EXPECT_FALSE(choice.gpu.has_value());
  EXPECT_THAT(choice.advice, Not(IsEmpty()));
  std::string text = choice.reason + "; " + choice.advice;
  EXPECT_THAT([&] { choose_device("cuda", report, {}); },
              ThrowsMessage<core::DeviceError>(HasSubstr("--device cuda: " + text)));
  return text;
}

TEST(DeviceChoice, TakesAUsableGpu) {
  for (const char* wanted : {"auto", "cuda"}) {
    const DeviceChoice choice = choose_device(wanted, good_machine(), {});
    EXPECT_EQ(choice.gpu, 0);
    EXPECT_THAT(choice.reason, IsEmpty());
    EXPECT_THAT(choice.warning, IsEmpty());
  }
}

TEST(DeviceChoice, CpuAsksNobody) {
  const DeviceChoice choice = choose_device("cpu", good_machine(2), {});
  EXPECT_FALSE(choice.gpu.has_value());
  EXPECT_THAT(choice.reason + choice.warning, IsEmpty());
}

TEST(DeviceChoice, SaysThatThereIsNoDriver) {
  GpuReport report = good_machine(0);
  report.has_driver = false;
  report.driver_cuda = 0;
  report.failure = "CUDA driver version is insufficient for CUDA runtime version";
  EXPECT_THAT(reason_of(report), AllOf(StartsWith("this machine has no NVIDIA driver; "),
                                       HasSubstr("docker run --gpus all")));
}

TEST(DeviceChoice, SaysThatTheDriverIsTooOld) {
  GpuReport report = good_machine(0);
  report.driver_cuda = 12080;
  report.failure = "CUDA driver version is insufficient for CUDA runtime version";
  EXPECT_THAT(reason_of(report), AllOf(HasSubstr("knows CUDA up to 12.8"), HasSubstr("needs 13.0"),
                                       HasSubstr("scripts/build cuda12")));
}

TEST(DeviceChoice, AnOlderDriverOfTheSameMajorVersionWill) {
  GpuReport report = good_machine();
  report.cuda = 13020;
  EXPECT_EQ(choose_device("auto", report, {}).gpu, 0);
}

TEST(DeviceChoice, PassesOnWhatCudaSaid) {
  GpuReport report = good_machine(0);
  report.failure = "no CUDA-capable device is detected";
  EXPECT_THAT(reason_of(report), HasSubstr("no CUDA-capable device is detected"));
  report.failure.clear();
  EXPECT_THAT(reason_of(report), HasSubstr("shows this process no GPU"));
}

TEST(DeviceChoice, NamesTheBuildThatHasTheArchitecture) {
  GpuReport report = good_machine(0);
  report.gpus = {gpu("Tesla V100", 70)};
  EXPECT_THAT(reason_of(report),
              AllOf(HasSubstr("Tesla V100, has compute capability 7.0"), HasSubstr("7.5, 8.0, 8.6"),
                    HasSubstr("scripts/build cuda12")));
  report.architectures = {50, 60, 70, 75, 80, 86, 90};
  EXPECT_EQ(choose_device("auto", report, {}).gpu, 0);
  report.gpus = {gpu("NVIDIA B200", 100)};
  EXPECT_THAT(reason_of(report), HasSubstr("the build that has it: scripts/build cuda"));
  report.gpus = {gpu("Tesla K80", 37)};
  EXPECT_THAT(reason_of(report), HasSubstr("no build of this program has it"));
}

TEST(DeviceChoice, CodeRunsOnLaterGpusOfItsGeneration) {
  GpuReport report = good_machine(0);
  report.gpus = {gpu("NVIDIA L40", 89)};
  EXPECT_EQ(choose_device("auto", report, {}).gpu, 0);
  report.architectures = {90};
  EXPECT_FALSE(choose_device("auto", report, {}).gpu.has_value());
  report.architectures.clear();  // not known: LibTorch will tell
  EXPECT_EQ(choose_device("auto", report, {}).gpu, 0);
}

TEST(DeviceChoice, ABuildForTheCpuSpeaksOnlyOfADriver) {
  GpuReport report;
  EXPECT_THAT(choose_device("auto", report, {}).reason, IsEmpty());
  EXPECT_THAT([&] { choose_device("cuda", report, {}); },
              ThrowsMessage<core::DeviceError>(HasSubstr("built without CUDA support")));
  report.has_driver = true;
  EXPECT_THAT(reason_of(report), HasSubstr("has an NVIDIA driver, but this program"));
}

TEST(DeviceChoice, RanksOfAHostTakeItsGpusInTurn) {
  const GpuReport report = good_machine(4);
  for (int rank = 0; rank < 8; ++rank) {
    const RankPlace place{.local_rank = rank, .local_ranks = 8, .world_size = 8};
    const DeviceChoice choice = choose_device("auto", report, place);
    EXPECT_EQ(choice.gpu, rank % 4);
    EXPECT_THAT(choice.warning, IsEmpty());
  }
}

TEST(DeviceChoice, WarnsOneProcessOnAMachineOfSeveralGpus) {
  EXPECT_THAT(choose_device("auto", good_machine(8), {}).warning,
              AllOf(HasSubstr("8 GPUs"), HasSubstr("mpirun -np 8"), HasSubstr("--gpus all")));
}

TEST(GpusOfRanks, OneEachOrNoneAtAll) {
  EXPECT_NO_THROW(check_gpus_of_ranks({"a", "b"}, false));
  EXPECT_NO_THROW(check_gpus_of_ranks({"", "", ""}, false));
  EXPECT_THAT(
      [] {
        check_gpus_of_ranks({"a", ""}, true);
      },
      ThrowsMessage<core::DeviceError>(HasSubstr("rank 1 has no GPU")));
}

TEST(GpusOfRanks, SharingIsAskedFor) {
  EXPECT_THAT(
      [] {
        check_gpus_of_ranks({"a", "b", "a"}, false);
      },
      ThrowsMessage<core::UsageError>(AllOf(HasSubstr("ranks 0 and 2"), HasSubstr("--share_gpu"))));
  EXPECT_NO_THROW(check_gpus_of_ranks({"a", "b", "a"}, true));
}

}  // namespace
}  // namespace train_backbone::ops
