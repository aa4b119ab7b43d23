#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>
#include <vector>

namespace train_backbone::test {

// Sets up the GPU that all tests of this process compute on, as the program does and before any
// tensor exists: a stream of its own, no TF32 in fp32. To be called once. Returns a line about it.
// Throws core::DeviceError, with the reason, where there is none that can be used.
std::string set_up_gpu();

// The GPU that was set up.
c10::Device gpu();

// What training steps compute in on it: fp32, fp16 and, from Ampere on, bf16.
std::vector<c10::ScalarType> step_types();

}  // namespace train_backbone::test
