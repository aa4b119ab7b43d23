#include "commands/doctor/check_ranks.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "commands/doctor/judge_machine.h"
#include "commands/rank_sums.h"
#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kValues = int64_t{4} << 20;  // 16 MiB
constexpr int kRounds = 5;

// Sums that are known beforehand; small whole numbers, exact in fp32.
Finding check_sums(RunRanks& ranks, RankSums& sums, const std::string& way) {
  const auto count = static_cast<float>(ranks.world_size());
  const float expected = count * (count + 1) / 2;
  double best = 1e30;
  bool right = true;
  for (int round = 0; round <= kRounds; ++round) {
    // Memory for them may not suffice on one rank.
    ranks.together([&] { sums.fill(kValues, static_cast<float>(ranks.rank() + 1)); });
    ranks.control().barrier();
    const Clock::time_point begin = Clock::now();
    sums.sum();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (round > 0) best = std::min(best, seconds);  // the first one connects
    right = right && sums.all_are(expected);
  }
  const double share =
      2.0 * static_cast<double>(ranks.world_size() - 1) / static_cast<double>(ranks.world_size());
  const double rate = share * static_cast<double>(kValues * sizeof(float)) / best;
  const std::string text =
      core::format("{}: sums of 16 MiB through {} in {:.1f} ms, {}/s on the bus", ranks.text(), way,
                   1e3 * best, bytes_text(rate));
  if (ranks.any(!right)) {
    return error("ranks", text + ", and WRONG",
                 "a fault of memory or network: test the hosts one by one");
  }
  return ok("ranks", text);
}

// Of any rank: each has all errors of all.
bool has_device_error(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.check == "device" && finding.level == FindingLevel::kError;
  });
}

// Between GPUs, too, where the ranks have some.
void check_gpu_sums(RunRanks& ranks, const DoctorOptions& options, std::vector<Finding>& findings) {
  try {
    ops::DeviceOptions device;
    device.device = options.device;
    GradientSums gradients = gradient_sums(ranks, device, options.share_gpu);
    if (gradients.by_nccl) {
      findings.push_back(check_sums(ranks, *gradients.sums, gradients.text));
    }
  } catch (const comm::LostPeer&) {
    throw;
  } catch (const core::Error& failure) {  // on all ranks alike
    findings.push_back(
        error("ranks", failure.what(), "NCCL_DEBUG=INFO in the environment tells what NCCL does"));
  }
}

// Of clocks read at the same moment, up to what a barrier takes.
Finding check_clocks(RunRanks& ranks) {
  ranks.control().barrier();
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  double first = now;
  double last = now;
  for (const std::string& text : ranks.control().all_gather(core::format("{:.6f}", now))) {
    first = std::min(first, std::stod(text));
    last = std::max(last, std::stod(text));
  }
  return judge_clock({.now = 1, .newest_file = {}, .between_ranks = last - first});
}

std::string packed(const std::vector<Finding>& findings) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Finding& finding : findings) {
    if (finding.level == FindingLevel::kOk) continue;
    rows.push_back({static_cast<int>(finding.level), finding.check, finding.text, finding.advice,
                    finding.of_data});
  }
  return rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_others(const std::string& text, const std::string& where, std::vector<Finding>& all) {
  for (const auto& row : nlohmann::json::parse(text)) {
    Finding finding{.level = static_cast<FindingLevel>(row[0].get<int>()),
                    .check = row[1],
                    .text = row[2],
                    .advice = row[3],
                    .of_data = row[4],
                    .where = where};
    const bool known = std::any_of(all.begin(), all.end(), [&](const Finding& other) {
      return other.check == finding.check && other.text == finding.text;
    });
    if (!known) all.push_back(std::move(finding));
  }
}

}  // namespace

std::vector<Finding> with_other_ranks(RunRanks& ranks, const DoctorOptions& options,
                                      std::vector<Finding> own) {
  if (ranks.is_alone()) return own;
  const std::vector<std::string> all = ranks.control().all_gather(packed(own));
  for (int64_t rank = 0; rank < ranks.world_size(); ++rank) {
    if (rank == ranks.rank()) continue;
    add_others(all[static_cast<size_t>(rank)],
               core::format("rank {} ({})", rank, ranks.host_of(rank)), own);
  }
  HostSums host(ranks.control());
  own.push_back(check_sums(ranks, host, "the host's memory"));
  if (!has_device_error(own)) check_gpu_sums(ranks, options, own);
  Finding clocks = check_clocks(ranks);
  if (clocks.level != FindingLevel::kOk) own.push_back(std::move(clocks));
  return own;
}

}  // namespace train_backbone::commands
