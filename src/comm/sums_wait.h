#pragma once

#include <chrono>
#include <functional>

#include "train_backbone/comm/device_ranks.h"

namespace train_backbone::comm {

// Until `is_done`; see wait_for_sums().
void wait_until(const std::function<bool()>& is_done, DeviceRanks& ranks,
                std::chrono::milliseconds limit);

}  // namespace train_backbone::comm
