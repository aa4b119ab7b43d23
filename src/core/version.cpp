#include "train_backbone/core/version.h"

namespace train_backbone::core {

std::string_view program_version() { return TB_VERSION; }

}  // namespace train_backbone::core
