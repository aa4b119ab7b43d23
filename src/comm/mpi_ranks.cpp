#include "comm/mpi_ranks.h"

#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

#include <chrono>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "comm/exchange_communicator.h"
#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/comm/mpi_library.h"
#include "train_backbone/comm/start_guard.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::comm {
namespace {

template <class Error = core::DeviceError>
void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int size = 0;
  MPI_Error_string(code, text, &size);
  throw Error(core::format("{}: {}", call, std::string(text, static_cast<size_t>(size))));
}

// As MPI counts.
int size_of(size_t count) {
  constexpr size_t kMost = 1 << 30;
  if (count > kMost) throw std::length_error("MPI: a message above 1 GiB");
  return static_cast<int>(count);
}

class MpiSession {
 public:
  MpiSession() {
    int provided = MPI_THREAD_SINGLE;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
    if (provided < MPI_THREAD_MULTIPLE) {
      throw core::DeviceError(
          "MPI: this library lets only one thread call it (MPI_THREAD_MULTIPLE is missing); use an "
          "Open MPI built with threads, as Debian's and Ubuntu's are");
    }
  }
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  ~MpiSession() {
    if (std::uncaught_exceptions() == 0) MPI_Finalize();
  }
};

class MpiExchange final : public Exchange {
 public:
  // Takes a communicator of its own.
  MpiExchange(std::shared_ptr<MpiSession> session, MPI_Comm communicator)
      : session_(std::move(session)), communicator_(communicator) {
    check(MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(communicator_, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(communicator_, &world_size_), "MPI_Comm_size");
  }
  MpiExchange(const MpiExchange&) = delete;
  MpiExchange& operator=(const MpiExchange&) = delete;
  ~MpiExchange() override {
    if (std::uncaught_exceptions() == 0) MPI_Comm_free(&communicator_);
  }

  [[nodiscard]] int64_t rank() const override { return rank_; }
  [[nodiscard]] int64_t world_size() const override { return world_size_; }
  [[nodiscard]] MPI_Comm communicator() const { return communicator_; }

  void exchange(std::span<const std::span<const std::byte>> outgoing,
                std::span<const std::span<std::byte>> incoming) override {
    std::vector<MPI_Request> requests;
    for (int i = 0; i < world_size_; ++i) {
      const auto place = static_cast<size_t>(i);
      if (i == rank_) {
        if (!outgoing[place].empty()) {
          std::memmove(incoming[place].data(), outgoing[place].data(), outgoing[place].size());
        }
        continue;
      }
      if (!incoming[place].empty()) {
        check<LostPeer>(MPI_Irecv(incoming[place].data(), size_of(incoming[place].size()), MPI_BYTE,
                                  i, kTag, communicator_, &requests.emplace_back()),
                        "MPI_Irecv");
      }
      if (!outgoing[place].empty()) {
        check<LostPeer>(MPI_Isend(outgoing[place].data(), size_of(outgoing[place].size()), MPI_BYTE,
                                  i, kTag, communicator_, &requests.emplace_back()),
                        "MPI_Isend");
      }
    }
    wait(requests);
  }

 private:
  static constexpr int kTag = 1;

  // MPI's own wait turns at full speed, on cores that other threads and ranks compute with. Neither
  // does it help to yield there: a core that computes comes back after milliseconds, while one who
  // has slept goes first.
  static void wait(std::vector<MPI_Request>& requests) {
    constexpr auto kSpin = std::chrono::microseconds(30);
    constexpr auto kPause = std::chrono::microseconds(50);
    const auto sleep_from = std::chrono::steady_clock::now() + kSpin;
    while (true) {
      int done = 0;
      check<LostPeer>(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done,
                                  MPI_STATUSES_IGNORE),
                      "MPI_Testall");
      if (done != 0) return;
      if (std::chrono::steady_clock::now() >= sleep_from) std::this_thread::sleep_for(kPause);
    }
  }

  std::shared_ptr<MpiSession> session_;
  MPI_Comm communicator_;
  int rank_ = 0;
  int world_size_ = 1;
};

std::unique_ptr<Communicator> duplicate_of(const std::shared_ptr<MpiSession>& session,
                                           MPI_Comm source) {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(source, &copy), "MPI_Comm_dup");
  return std::make_unique<ExchangeCommunicator>(
      std::make_unique<MpiExchange>(session, copy),
      [session, copy](ExchangeCommunicator&) { return duplicate_of(session, copy); });
}

}  // namespace

void mpi_library_all_reduce_sum(std::span<float> values) {
  check(MPI_Allreduce(MPI_IN_PLACE, values.data(), size_of(values.size()), MPI_FLOAT, MPI_SUM,
                      MPI_COMM_WORLD),
        "MPI_Allreduce");
}

std::unique_ptr<Communicator> make_mpi_ranks(std::chrono::seconds patience) {
  const StartGuard guard(
      patience,
      core::format("MPI has not started within {} s: a process of the run is stopped, or the "
                   "network between the hosts is down; `mpirun ... hostname` tells which host "
                   "answers",
                   patience.count()));
  return duplicate_of(std::make_shared<MpiSession>(), MPI_COMM_WORLD);
}

}  // namespace train_backbone::comm
