#include "train_backbone/comm/watch.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "comm/watch_meeting.h"
#include "comm/watch_member.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {
namespace {

// Starting is slower than a heartbeat: a short limit for silence must not hurry the meeting.
constexpr std::chrono::milliseconds kShortestMeeting{20'000};

[[noreturn]] void leave_at_once() { std::_Exit(static_cast<int>(core::ExitCode::kDevice)); }

}  // namespace

Watch::Watch(Communicator& communicator, const std::vector<std::string>& hosts, Settings settings,
             const Progress& progress) {
  auto lines =
      meet_for_watch(communicator, hosts, std::max(settings.limits.heartbeat, kShortestMeeting));
  if (!settings.end) settings.end = leave_at_once;
  member_ = std::make_unique<WatchMember>(WatchMember::Settings{.rank = communicator.rank(),
                                                                .hosts = hosts,
                                                                .limits = settings.limits,
                                                                .end = std::move(settings.end)},
                                          std::move(lines), progress);
}

Watch::~Watch() = default;

void Watch::tell_failure() { member_->tell_failure(); }

}  // namespace train_backbone::comm
