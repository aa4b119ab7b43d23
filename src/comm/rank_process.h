#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "train_backbone/comm/launch.h"

namespace train_backbone::comm {

// Starts a program in a process group of its own, with all signals as they are by default and none
// blocked. It gets SIGTERM when this process is gone. Throws core::DeviceError when there can be no
// more processes; a program that cannot be executed ends with 127.
pid_t start_process(const std::filesystem::path& program, const std::vector<std::string>& command,
                    const Environment& environment);

}  // namespace train_backbone::comm
