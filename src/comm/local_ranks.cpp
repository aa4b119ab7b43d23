#include "train_backbone/comm/local_ranks.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <utility>

#include "comm/rank_process.h"
#include "comm/sockets.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"

namespace train_backbone::comm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Clock::time_point kNever = Clock::time_point::max();
constexpr std::array kForwarded{SIGTERM, SIGUSR1, SIGINT, SIGHUP};

// As nohup does with SIGHUP, which would arrive all the same where it waits.
bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

// Signals wait until they are asked for.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    for (const int signal : kForwarded) {
      if (!is_ignored(signal)) sigaddset(&held_, signal);
    }
    sigaddset(&held_, SIGCHLD);
    // Where it was ignored, the system would keep no exit codes.
    former_child_ = ::signal(SIGCHLD, SIG_DFL);
    ::pthread_sigmask(SIG_BLOCK, &held_, &former_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  HeldSignals(HeldSignals&&) = delete;
  HeldSignals& operator=(HeldSignals&&) = delete;
  ~HeldSignals() {
    ::signal(SIGCHLD, former_child_);
    ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
  }

  // The next one, or nothing within so long.
  [[nodiscard]] std::optional<int> next(std::chrono::milliseconds patience) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const timespec limit{.tv_sec = seconds.count(),
                         .tv_nsec = (patience - seconds).count() * 1000000};
    const int signal = ::sigtimedwait(&held_, nullptr, &limit);
    return signal > 0 ? std::optional(signal) : std::nullopt;
  }

 private:
  sigset_t held_{};
  sigset_t former_{};
  void (*former_child_)(int) = SIG_DFL;
};

// The processes, from their start until none is left.
class Family {
 public:
  explicit Family(const LocalRanks& ranks) : ranks_(ranks) {}
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  Family(Family&&) = delete;
  Family& operator=(Family&&) = delete;
  ~Family() {
    send(SIGKILL);
    for (const pid_t child : children_) {
      if (child > 0) ::waitpid(child, nullptr, 0);
    }
  }

  void start(int64_t port) {
    const Environment environment = process_environment();
    for (int64_t rank = 0; rank < ranks_.count; ++rank) {
      children_.push_back(start_process(ranks_.program, ranks_.command,
                                        local_rank_environment(environment, ranks_, rank, port)));
    }
  }

  int wait(const HeldSignals& signals) {
    while (collect()) {
      const std::optional<int> signal = signals.next(patience());
      if (signal && *signal != SIGCHLD) {
        forwarded_ = *signal;
        send(*signal);
      }
      if (Clock::now() >= end_) {
        core::log_error("ranks that did not end by themselves are killed");
        send(SIGKILL);
        end_ = kNever;
      }
    }
    return code_;
  }

 private:
  [[nodiscard]] std::chrono::milliseconds patience() const {
    constexpr std::chrono::milliseconds kLong(60'000);
    if (end_ == kNever) return kLong;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now());
    return std::clamp(left, std::chrono::milliseconds(0), kLong);
  }

  void send(int signal) const {
    for (const pid_t child : children_) {
      if (child > 0) ::kill(child, signal);
    }
  }

  struct Ended {
    size_t local_rank;
    pid_t process;
    int status;
  };

  // Takes note of those that have ended; false when none is left.
  bool collect() {
    std::vector<Ended> ended;
    for (size_t i = 0; i < children_.size(); ++i) {
      int status = 0;
      if (children_[i] <= 0) continue;
      const pid_t process = ::waitpid(children_[i], &status, WNOHANG);
      if (process == 0) continue;
      if (process < 0) status = W_EXITCODE(static_cast<int>(core::ExitCode::kInternal), 0);
      ended.push_back(
          {.local_rank = i, .process = std::exchange(children_[i], 0), .status = status});
    }
    // Those that a signal killed are why others ended by themselves, maybe before this was seen.
    std::stable_partition(ended.begin(), ended.end(),
                          [](const Ended& end) { return WIFSIGNALED(end.status); });
    for (const Ended& end : ended) note_end(end.local_rank, end.process, end.status);
    return std::any_of(children_.begin(), children_.end(), [](pid_t child) { return child > 0; });
  }

  void note_end(size_t local_rank, pid_t child, int status) {
    constexpr int kDevice = static_cast<int>(core::ExitCode::kDevice);
    const bool killed = WIFSIGNALED(status);
    // It was not ready yet to save.
    const bool as_asked = killed && WTERMSIG(status) == forwarded_;
    int code = killed ? kDevice : WEXITSTATUS(status);
    if (as_asked) code = static_cast<int>(core::ExitCode::kSignal) + forwarded_;
    if (code == 0) return;
    if (code_ != 0) {
      // Ranks that miss one end with kDevice, maybe before the one that has the reason.
      if (code_ == kDevice && !killed) code_ = code;
      return;
    }
    code_ = code;
    end_ = Clock::now() + ranks_.grace;
    if (as_asked || (forwarded_ != 0 && !killed)) return;  // it has said so itself
    const int64_t rank = ranks_.host.rank * ranks_.count + static_cast<int64_t>(local_rank);
    core::log_error("rank {} (process {}) {}; the other ranks are ended", rank, child,
                    killed ? core::format("was killed by signal {}", WTERMSIG(status))
                           : core::format("ended with exit code {}", code));
  }

  const LocalRanks& ranks_;
  std::vector<pid_t> children_;  // by local rank; 0: has ended
  int code_ = 0;
  int forwarded_ = 0;               // the last signal
  Clock::time_point end_ = kNever;  // of the grace
};

// Free a moment ago, and from below those that the system itself gives to listeners and
// connections, the ranks' own among them: it is still free when the first rank comes to listen
// there.
int64_t free_port() {
  constexpr int kTries = 100;
  std::random_device random;
  std::uniform_int_distribution<int> any_port(12000, 31999);
  for (int tries = 0; tries < kTries; ++tries) {
    const int port = any_port(random);
    try {
      return port_of(listen_on(port));
    } catch (const core::DeviceError&) {
      continue;  // taken
    }
  }
  return port_of(listen_on(0));
}

}  // namespace

Environment local_rank_environment(const Environment& environment, const LocalRanks& ranks,
                                   int64_t local_rank, int64_t port) {
  const auto text = [](int64_t number) { return core::format("{}", number); };
  const Launch& host = ranks.host;
  Environment result = environment;
  result.erase("TORCHELASTIC_USE_AGENT_STORE");
  result["RANK"] = text(host.rank * ranks.count + local_rank);
  result["WORLD_SIZE"] = text(host.world_size * ranks.count);
  result["LOCAL_RANK"] = text(local_rank);
  result["LOCAL_WORLD_SIZE"] = text(ranks.count);
  result["MASTER_ADDR"] = host.address.empty() ? "127.0.0.1" : host.address;
  result["MASTER_PORT"] = text(port);
  result["TRAIN_BACKBONE_LAUNCHER"] = "--gpus";
  return result;
}

int run_local_ranks(const LocalRanks& ranks) {
  const HeldSignals signals;
  Family family(ranks);
  family.start(ranks.host.port > 0 ? ranks.host.port : free_port());
  return family.wait(signals);
}

}  // namespace train_backbone::comm
