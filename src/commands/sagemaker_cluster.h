#pragma once

#include <filesystem>
#include <optional>

#include "train_backbone/comm/launch.h"

namespace train_backbone::commands {

// What input/config/resourceconfig.json below `directory` (a SageMaker job's /opt/ml) says of the
// hosts; nothing where there is no such file. Throws core::DataError for a file that is none.
std::optional<comm::Cluster> read_sagemaker_cluster(const std::filesystem::path& directory);

}  // namespace train_backbone::commands
