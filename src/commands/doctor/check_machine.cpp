#include "commands/doctor/check_machine.h"

#include <ATen/Version.h>
#include <torch/version.h>

#include <optional>
#include <utility>

#include "commands/doctor/data_facts.h"
#include "commands/doctor/judge_data.h"
#include "commands/doctor/judge_device.h"
#include "commands/doctor/judge_machine.h"
#include "commands/doctor/machine_facts.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/ops/device_choice.h"

namespace train_backbone::commands {
namespace {

Finding check_device(const DoctorOptions& options, const ops::RankPlace& place) {
  const std::string wanted = core::fold_name(options.device);
  try {
    return judge_device({.libtorch = TORCH_VERSION,
                         .cpu_instructions = at::get_cpu_capability(),
                         .driver = probe_driver(),
                         .gpus = wanted == "cpu" ? ops::GpuReport{} : ops::report_gpus(),
                         .place = place,
                         .wanted = wanted,
                         .share_gpu = options.share_gpu});
  } catch (const core::DeviceError& failure) {
    return error("device", failure.what(), "nvidia-smi tells whether GPU and driver work");
  }
}

// Two newest checkpoints, the best one and the one being written, each weights and momentum; two
// weight files and their successors.
uint64_t bytes_of_a_run(const DoctorOptions& options) {
  constexpr int64_t kCopies = 4 * 2 + 4;
  const models::ModelChoice choice{.name = options.model, .num_classes = options.num_classes};
  const int64_t size = models::default_image_size(options.model, false);
  return static_cast<uint64_t>(models::model_cost(choice, size).parameters * kCopies) *
         sizeof(float);
}

class MachineCheck {
 public:
  MachineCheck(const DoctorOptions& options, const RunRanks& ranks)
      : options_(options), ranks_(ranks) {}

  std::vector<Finding> run() {
    findings_.push_back(check_device(options_, ranks_.place()));
    findings_.push_back(judge_shared_memory(probe_shared_memory(ranks_.ranks_on_host())));
    check_cores();
    if (ranks_.leads_host()) check_data();
    const LimitFacts limits = probe_limits(shards_);
    findings_.push_back(judge_locked_memory(limits));
    findings_.push_back(judge_open_files(limits));
    check_clock();
    findings_.push_back(
        judge_space(probe_space(options_.model_dir, options_.model, bytes_of_a_run(options_))));
    return std::move(findings_);
  }

 private:
  void check_cores() {
    CoreFacts cores = probe_cores();
    cores.for_itself = ranks_.cores();
    cores.ranks_on_host = ranks_.ranks_on_host();
    cores.workers = options_.workers;
    cores.compute_threads = options_.compute_threads;
    findings_.push_back(judge_cores(cores));
  }

  void check_data() {
    if (options_.train_data_dir.empty() && options_.validation_data_dir.empty()) {
      findings_.push_back(ok("records", "no data were named (--train_data_dir)"));
      return;
    }
    check_set("train", options_.train_data_dir, options_.disk_seconds);
    check_set("validation", options_.validation_data_dir, 0);
  }

  void check_set(const std::string& prefix, const std::string& folder, double disk_seconds) {
    if (folder.empty()) return;
    std::optional<data::RecordStore> store;
    const DataSetFacts facts = probe_data_set({.option = "--" + prefix + "_data_dir",
                                               .folder = folder,
                                               .prefix = prefix,
                                               .index_dir = options_.index_dir,
                                               .records = options_.check_records},
                                              store);
    shards_ += facts.shards;
    if (facts.newest > newest_) {
      newest_ = facts.newest;
      newest_file_ = facts.newest_file;
    }
    for (Finding& finding : judge_data_set(facts)) findings_.push_back(std::move(finding));
    if (store && disk_seconds > 0) {
      findings_.push_back(judge_disk(probe_disk(*store, disk_seconds, ranks_.cores())));
    }
  }

  void check_clock() {
    ClockFacts clock = probe_clock();
    clock.newest = newest_;
    clock.newest_file = newest_file_;
    findings_.push_back(judge_clock(clock));
  }

  const DoctorOptions& options_;
  const RunRanks& ranks_;
  std::vector<Finding> findings_;
  uint64_t shards_ = 0;
  int64_t newest_ = 0;
  std::string newest_file_;
};

}  // namespace

std::vector<Finding> check_machine(const DoctorOptions& options, const RunRanks& ranks) {
  return MachineCheck(options, ranks).run();
}

}  // namespace train_backbone::commands
