#pragma once

#include <functional>

namespace train_backbone::ops {

// Runs `work` and turns what LibTorch throws about a GPU into core::DeviceError: a GPU that is out
// of memory, with what to do about it, and one that fails. Other exceptions pass through.
void guard_device(const std::function<void()>& work);

}  // namespace train_backbone::ops
