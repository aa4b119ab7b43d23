#include "train_backbone/core/errors.h"

#include <cerrno>
#include <cstring>

#include "train_backbone/core/format.h"

namespace train_backbone::core {

DataError::DataError(const std::filesystem::path& path, const std::string& what)
    : Error(ExitCode::kData, format("{}: {}", path.string(), what)) {}

DataError::DataError(const std::filesystem::path& path, uint64_t offset, const std::string& what)
    : Error(ExitCode::kData, format("{} at byte {}: {}", path.string(), offset, what)) {}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

void throw_system_error(const std::filesystem::path& path, const std::string& action) {
  const int error = errno;
  const std::string what = format("cannot {}: {}", action, std::strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      throw DeviceError(format("{}: {}; free some space and start again", path.string(), what));
    case EIO:
      throw DeviceError(format("{}: {}", path.string(), what));
    default:
      throw DataError(path, what);
  }
}

}  // namespace train_backbone::core
