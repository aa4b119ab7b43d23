#include "train_backbone/ops/guard_device.h"

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "train_backbone/core/errors.h"

namespace train_backbone::ops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

TEST(GuardDevice, SaysWhatToDoWhenMemoryIsShort) {
  const auto work = [] {
    guard_device([] { TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory.\nmore"); });
  };
  EXPECT_THAT(work, ThrowsMessage<core::DeviceError>(
                        AllOf(HasSubstr("CUDA out of memory."), HasSubstr("--batch_size"),
                              HasSubstr("--accumulate_steps"), Not(HasSubstr("more")))));
}

TEST(GuardDevice, AConvolutionWithoutRoomForAnyAlgorithmIsShortOfMemory) {
  const auto work = [] {
    guard_device([] {
      TORCH_CHECK(false, "FIND was unable to find an engine to execute this computation");
    });
  };
  EXPECT_THAT(work, ThrowsMessage<core::DeviceError>(
                        AllOf(HasSubstr("unable to find an engine"), HasSubstr("--batch_size"))));
}

TEST(GuardDevice, AFailingGpuIsADeviceError) {
  for (const char* text : {"CUDA error: an illegal memory access", "cuDNN error: NOT_SUPPORTED",
                           "CUBLAS_STATUS_NOT_INITIALIZED"}) {
    EXPECT_THAT([&] { guard_device([&] { TORCH_CHECK(false, text); }); },
                ThrowsMessage<core::DeviceError>(HasSubstr(text)));
  }
}

TEST(GuardDevice, OtherErrorsPass) {
  EXPECT_THROW(guard_device([] { TORCH_CHECK(false, "shapes do not fit"); }), c10::Error);
  EXPECT_THROW(guard_device([] { throw std::runtime_error("CUDA error"); }), std::runtime_error);
  EXPECT_THROW(guard_device([] { throw core::DataError("a"); }), core::DataError);
  bool done = false;
  guard_device([&] { done = true; });
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace train_backbone::ops
