#include "train_backbone/data/batch/workers.h"

#include <algorithm>

#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::data {

int resolve_workers(int64_t workers, int64_t compute_threads, int64_t cores) {
  if (const auto message = crowding_message(workers, cores)) core::log_warning("{}", *message);
  return static_cast<int>(workers > 0 ? workers : std::max<int64_t>(1, cores - compute_threads));
}

std::optional<std::string> crowding_message(int64_t workers, int64_t cores) {
  if (workers <= cores) return std::nullopt;
  return core::format(
      "--workers {}: this process may run on {} only. mpirun binds each rank to a core or two by "
      "default, `mpirun --bind-to none` leaves it all; taskset and `docker run --cpus` or "
      "`--cpuset-cpus` "
      "limit it too. "
      "--workers auto takes what there is",
      workers, core::counted(static_cast<uint64_t>(cores), "core"));
}

}  // namespace train_backbone::data
