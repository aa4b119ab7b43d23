#include "comm/nccl_ranks.h"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

#include "train_backbone/comm/fail_together.h"
#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::comm {
namespace {

using Clock = std::chrono::steady_clock;
using Answer = NcclLibrary::Answer;
using State = NcclLibrary::State;

// NCCL answers most calls at once, and the backward pass waits for each bucket's.
constexpr std::chrono::microseconds kPatience(300);
constexpr std::chrono::microseconds kPause(200);
constexpr size_t kLongestId = 256;

NcclLibrary::Number number_of(const at::Tensor& tensor) {
  if (tensor.is_contiguous()) {
    if (tensor.scalar_type() == at::kFloat) return NcclLibrary::Number::kFloat;
    if (tensor.scalar_type() == at::kDouble) return NcclLibrary::Number::kDouble;
  }
  throw std::invalid_argument("NcclRanks: a contiguous tensor of fp32 or fp64 is needed");
}

}  // namespace

NcclRanks::NcclRanks(Communicator& control, std::unique_ptr<NcclLibrary> library,
                     const Limits& limits)
    : library_(std::move(library)), limits_(limits), world_size_(control.world_size()) {
  meet(control);
}

void NcclRanks::meet(Communicator& control) {
  std::string id;
  fail_together(control, [&] {
    if (control.rank() != 0) return;
    const Answer answer = library_->make_id(id);
    if (answer.state == State::kFailed) fail("the first rank cannot start it: " + answer.error);
  });
  // By its length, which only the first rank knows.
  std::array<char, kLongestId> bytes{};
  id.resize(std::min(id.size(), kLongestId));
  std::copy(id.begin(), id.end(), bytes.begin());
  std::array<uint64_t, 1> size{id.size()};
  control.broadcast(std::as_writable_bytes(std::span(size)), 0);
  control.broadcast(std::as_writable_bytes(std::span(bytes)), 0);
  id.assign(bytes.data(), size[0]);
  fail_together(control, [&] {
    finish(library_->begin_init(id, control.rank(), world_size_), limits_.init,
           "the ranks' GPUs did not meet");
  });
}

NcclRanks::~NcclRanks() {
  if (!failure_.empty()) return;         // aborted
  if (std::uncaught_exceptions() > 0) {  // of this rank alone, perhaps: the others do not part
    library_->abort();
    return;
  }
  try {
    finish(library_->begin_finalize(), limits_.end, "the ranks' GPUs did not part");
  } catch (const std::exception& error) {
    core::log_warning("{}", error.what());
  }
}

void NcclRanks::begin(const at::Tensor& tensor, Operation operation) {
  const NcclLibrary::Number number = number_of(tensor);
  const std::lock_guard lock(mutex_);
  throw_if_failed();
  finish(library_->begin_all_reduce(tensor.data_ptr(), tensor.numel(), number,
                                    operation == Operation::kMean),
         limits_.call, "a reduction did not begin");
}

void NcclRanks::join() {
  const std::lock_guard lock(mutex_);
  throw_if_failed();
  library_->join();
}

void NcclRanks::check() {
  const std::lock_guard lock(mutex_);
  throw_if_failed();
  const Answer answer = library_->state();
  if (answer.state == State::kFailed) fail("the ranks' GPUs have lost each other: " + answer.error);
}

void NcclRanks::finish(Answer answer, std::chrono::milliseconds limit, const char* what) {
  const Clock::time_point begin = Clock::now();
  const Clock::time_point deadline = begin + limit;
  while (answer.state == State::kInProgress) {
    if (Clock::now() >= deadline) {
      fail(core::format("{} within {} s (firewalls, NCCL_SOCKET_IFNAME, NCCL_DEBUG=INFO)", what,
                        std::chrono::duration<double>(limit).count()));
    }
    if (Clock::now() - begin < kPatience) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kPause);
    }
    answer = library_->state();
  }
  if (answer.state != State::kFailed) return;
  const bool of_cuda = answer.error.find("cuda error") != std::string::npos;
  fail(core::format(
      "{}: {}{}", what, answer.error,
      of_cuda ? "; where the GPU's memory is full, a smaller --batch_size helps" : ""));
}

void NcclRanks::fail(const std::string& text) {
  failure_ = "NCCL: " + text;
  library_->abort();
  throw LostPeer(failure_);
}

void NcclRanks::throw_if_failed() const {
  if (!failure_.empty()) throw LostPeer(failure_);
}

std::unique_ptr<DeviceRanks> make_nccl_ranks(Communicator& control) {
  std::unique_ptr<NcclLibrary> library;
  fail_together(control, [&] { library = make_nccl_library(); });
  return std::make_unique<NcclRanks>(control, std::move(library), NcclRanks::Limits{});
}

}  // namespace train_backbone::comm
