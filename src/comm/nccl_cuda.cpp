#include <c10/core/Event.h>
#include <c10/cuda/CUDAStream.h>
#include <nccl.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "comm/nccl_library.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

using c10::cuda::CUDAStream;

class Nccl final : public NcclLibrary {
 public:
  Nccl() : stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/true)) {}
  Nccl(const Nccl&) = delete;
  Nccl& operator=(const Nccl&) = delete;
  Nccl(Nccl&&) = delete;
  Nccl& operator=(Nccl&&) = delete;
  ~Nccl() override {
    if (communicator_ == nullptr) return;
    if (finalized_) {
      ncclCommDestroy(communicator_);
    } else {
      ncclCommAbort(communicator_);
    }
  }

  Answer make_id(std::string& id) override {
    ncclUniqueId made;
    const ncclResult_t result = ncclGetUniqueId(&made);
    id.assign(made.internal, sizeof(made.internal));
    return answer_of(result);
  }

  Answer begin_init(const std::string& id, int64_t rank, int64_t world_size) override {
    ncclUniqueId agreed{};
    std::memcpy(agreed.internal, id.data(), std::min(id.size(), sizeof(agreed.internal)));
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    return answer_of(ncclCommInitRankConfig(&communicator_, static_cast<int>(world_size), agreed,
                                            static_cast<int>(rank), &config));
  }

  Answer state() override {
    if (communicator_ == nullptr) return {};
    ncclResult_t state = ncclSuccess;
    const ncclResult_t result = ncclCommGetAsyncError(communicator_, &state);
    return answer_of(result == ncclSuccess ? state : result);
  }

  Answer begin_all_reduce(void* values, int64_t count, Number number, bool mean) override {
    before_.record(c10::cuda::getCurrentCUDAStream().unwrap());
    before_.block(stream_.unwrap());
    return answer_of(ncclAllReduce(values, values, static_cast<size_t>(count),
                                   number == Number::kDouble ? ncclDouble : ncclFloat,
                                   mean ? ncclAvg : ncclSum, communicator_, stream_.stream()));
  }

  void join() override {
    after_.record(stream_.unwrap());
    after_.block(c10::cuda::getCurrentCUDAStream().unwrap());
  }

  Answer begin_finalize() override {
    if (communicator_ == nullptr) return {};
    finalized_ = true;
    return answer_of(ncclCommFinalize(communicator_));
  }

  void abort() override {
    if (communicator_ != nullptr) ncclCommAbort(communicator_);
    communicator_ = nullptr;
  }

 private:
  Answer answer_of(ncclResult_t result) const {
    if (result == ncclSuccess) return {};
    if (result == ncclInProgress) return {.state = State::kInProgress};
    const char* const more = communicator_ == nullptr ? "" : ncclGetLastError(communicator_);
    const std::string_view details = more == nullptr ? "" : more;
    return {.state = State::kFailed,
            .error = core::format("{}{}{}", ncclGetErrorString(result), details.empty() ? "" : "; ",
                                  details)};
  }

  CUDAStream stream_;
  // Marks in one stream for which the other waits.
  c10::Event before_{c10::kCUDA};
  c10::Event after_{c10::kCUDA};
  ncclComm_t communicator_ = nullptr;
  bool finalized_ = false;
};

}  // namespace

std::unique_ptr<NcclLibrary> make_nccl_library() {
  int loaded = 0;
  ncclGetVersion(&loaded);
  // Versions of one minor number fit together.
  if (loaded / 100 != NCCL_VERSION_CODE / 100) {
    throw core::DeviceError(core::format(
        "NCCL: version {} is loaded and this program was built for {}; does LD_LIBRARY_PATH or "
        "LD_PRELOAD name another one?",
        loaded, NCCL_VERSION_CODE));
  }
  return std::make_unique<Nccl>();
}

}  // namespace train_backbone::comm
