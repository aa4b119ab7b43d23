#include "train_backbone/comm/watch.h"

#include <cstdlib>
#include <utility>

#include "comm/watch_meeting.h"
#include "comm/watch_member.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {
namespace {

[[noreturn]] void leave_at_once() { std::_Exit(static_cast<int>(core::ExitCode::kDevice)); }

}  // namespace

Watch::Watch(Communicator& communicator, const std::vector<std::string>& hosts, Settings settings,
             const Progress& progress) {
  auto lines = meet_for_watch(communicator, hosts, settings.limits.heartbeat);
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
