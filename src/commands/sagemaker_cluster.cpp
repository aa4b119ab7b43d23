#include "commands/sagemaker_cluster.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {

std::optional<comm::Cluster> read_sagemaker_cluster(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "input/config/resourceconfig.json";
  std::ifstream file(path);
  if (!file) return std::nullopt;
  try {
    const auto resources = nlohmann::json::parse(file);
    return comm::Cluster{.current_host = resources.at("current_host").get<std::string>(),
                         .hosts = resources.at("hosts").get<std::vector<std::string>>()};
  } catch (const nlohmann::json::exception& error) {
    throw core::DataError(
        path, core::format("is no resource file of SageMaker with current_host and hosts ({})",
                           error.what()));
  }
}

}  // namespace train_backbone::commands
