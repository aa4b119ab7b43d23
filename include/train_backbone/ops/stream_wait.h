#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

#include "train_backbone/ops/wait_clock.h"

namespace train_backbone::ops {

// Does what makes the current stream of the GPU `device` wait, between two marks in the stream's
// work: the wait is the time that it takes to get from one to the other. The host does not wait.
std::unique_ptr<StreamWait> mark_wait(c10::Device device, const std::function<void()>& work);

}  // namespace train_backbone::ops
