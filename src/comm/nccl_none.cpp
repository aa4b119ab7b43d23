#include "comm/nccl_library.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {

std::unique_ptr<NcclLibrary> make_nccl_library() {
  throw core::DeviceError("NCCL: this program was built without CUDA support");
}

}  // namespace train_backbone::comm
