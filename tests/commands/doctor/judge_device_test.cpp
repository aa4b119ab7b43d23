#include "commands/doctor/judge_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace train_backbone::commands {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int64_t kGibi = int64_t{1} << 30;

ops::Gpu gpu(const char* name, int capability, int64_t gibibytes) {
  return {.name = name, .capability = capability, .memory = gibibytes * kGibi, .id = name};
}

// A machine with V100s and the build that has code for them.
DeviceFacts good_machine(int gpus) {
  DeviceFacts facts{.libtorch = "2.7.1",
                    .cpu_instructions = "AVX2",
                    .driver = "550.54.15",
                    .gpus = {.build = "cuda12",
                             .cuda = 12060,
                             .architectures = {50, 60, 70, 75, 80, 86, 90},
                             .has_driver = true,
                             .driver_cuda = 12040,
                             .failure = {},
                             .gpus = {}},
                    .place = {},
                    .wanted = "auto",
                    .share_gpu = false};
  for (int i = 0; i < gpus; ++i) facts.gpus.gpus.push_back(gpu("Tesla V100", 70, 16));
  return facts;
}

DeviceFacts cpu_build() {
  return {.libtorch = "2.7.1",
          .cpu_instructions = "AVX2",
          .driver = {},
          .gpus = {},
          .place = {},
          .wanted = "auto",
          .share_gpu = false};
}

void expect(const Finding& finding, FindingLevel level, const std::string& part,
            const std::string& advice = "") {
  EXPECT_EQ(finding.check, "device");
  EXPECT_EQ(finding.level, level) << finding.text;
  EXPECT_THAT(finding.text, AllOf(HasSubstr(part), HasSubstr("CPU with AVX2, LibTorch 2.7.1")));
  EXPECT_EQ(finding.advice.empty(), level == FindingLevel::kOk) << finding.advice;
  EXPECT_THAT(finding.advice, HasSubstr(advice));
}

TEST(JudgeDevice, ABuildForTheCpu) {
  DeviceFacts facts = cpu_build();
  expect(judge_device(facts), FindingLevel::kOk, "this build computes on CPUs only");
  facts.driver = "550.54.15";
  facts.gpus.has_driver = true;
  expect(judge_device(facts), FindingLevel::kWarning, "has an NVIDIA driver, but this program",
         "scripts/build cuda");
}

TEST(JudgeDevice, UsableGpusAreNamed) {
  expect(judge_device(good_machine(1)), FindingLevel::kOk,
         "GPU 0: Tesla V100 (compute capability 7.0, 16 GiB), driver 550.54.15, build cuda12");
  DeviceFacts facts = good_machine(8);
  expect(judge_device(facts), FindingLevel::kOk,
         "8 GPUs: Tesla V100 (compute capability 7.0, 16 GiB), driver");
  facts.gpus.gpus[7] = gpu("NVIDIA H100", 90, 80);
  expect(judge_device(facts), FindingLevel::kOk,
         "16 GiB), NVIDIA H100 (compute capability 9.0, 80 GiB), driver");
}

TEST(JudgeDevice, WithoutDriverItIsAWarning) {
  DeviceFacts facts = good_machine(0);
  facts.driver.clear();
  facts.gpus.has_driver = false;
  facts.gpus.driver_cuda = 0;
  expect(judge_device(facts), FindingLevel::kWarning, "no NVIDIA driver", "docker run --gpus all");
}

TEST(JudgeDevice, ADriverOlderThanTheBuildsCuda) {
  DeviceFacts facts = good_machine(0);
  facts.gpus.build = "cuda";
  facts.gpus.cuda = 13000;
  expect(judge_device(facts), FindingLevel::kError,
         "knows CUDA up to 12.4, and this build needs 13.0", "scripts/build cuda12");
}

TEST(JudgeDevice, ADriverThatShowsNoGpu) {
  DeviceFacts facts = good_machine(0);
  facts.gpus.failure = "no CUDA-capable device is detected";
  expect(judge_device(facts), FindingLevel::kError, "no GPU (no CUDA-capable device is detected)",
         "CUDA_VISIBLE_DEVICES");
}

// Wherever on the machine the GPU is that the program could not use.
TEST(JudgeDevice, AnArchitectureThatTheBuildHasNoCodeFor) {
  DeviceFacts facts = good_machine(2);
  facts.gpus.gpus.push_back(gpu("NVIDIA B200", 100, 180));
  expect(judge_device(facts), FindingLevel::kError,
         "GPU 2, NVIDIA B200, has compute capability 10.0", "scripts/build cuda");
  facts.gpus.gpus[2] = gpu("Tesla K80", 37, 12);
  expect(judge_device(facts), FindingLevel::kError, "GPU 2, Tesla K80", "no build of this program");
}

TEST(JudgeDevice, ARankIsJudgedByItsOwnGpu) {
  DeviceFacts facts = good_machine(2);
  facts.gpus.gpus[1] = gpu("Tesla K80", 37, 12);
  facts.place = {.local_rank = 0, .local_ranks = 2, .world_size = 2};
  expect(judge_device(facts), FindingLevel::kOk, "GPU 0: Tesla V100");
  facts.place.local_rank = 1;
  expect(judge_device(facts), FindingLevel::kError, "GPU 1, Tesla K80");
}

TEST(JudgeDevice, TheCpuIsAsked) {
  DeviceFacts facts = good_machine(0);
  facts.gpus.failure = "no CUDA-capable device is detected";
  facts.wanted = "cpu";
  expect(judge_device(facts), FindingLevel::kOk, "as --device cpu asks");
}

TEST(JudgeDevice, AGpuIsAskedThatIsNotThere) {
  DeviceFacts facts = cpu_build();
  facts.wanted = "cuda";
  expect(judge_device(facts), FindingLevel::kError, "built without CUDA support", "--device auto");
  facts = good_machine(1);
  facts.wanted = "cuda";
  expect(judge_device(facts), FindingLevel::kOk, "GPU 0: Tesla V100");
}

TEST(JudgeDevice, MoreRanksThanGpus) {
  DeviceFacts facts = good_machine(2);
  facts.place = {.local_rank = 1, .local_ranks = 2, .world_size = 4};
  expect(judge_device(facts), FindingLevel::kOk, "GPU 1: Tesla V100");
  facts.place.local_ranks = 4;
  const Finding finding = judge_device(facts);
  EXPECT_EQ(finding.level, FindingLevel::kError);
  EXPECT_THAT(finding.text, HasSubstr("4 ranks on this host, and it has 2 GPUs"));
  EXPECT_THAT(finding.advice, HasSubstr("--share_gpu"));
  facts.share_gpu = true;
  expect(judge_device(facts), FindingLevel::kOk, "GPU 1: Tesla V100");
}

}  // namespace
}  // namespace train_backbone::commands
