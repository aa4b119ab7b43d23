#include "commands/train.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/dry_run.h"
#include "commands/fine_tune.h"
#include "commands/log_options.h"
#include "commands/memory_estimate.h"
#include "commands/resume.h"
#include "commands/run_config.h"
#include "commands/run_exports.h"
#include "commands/run_ranks.h"
#include "commands/start_ranks.h"
#include "commands/step_estimate.h"
#include "commands/step_graph.h"
#include "commands/train_data.h"
#include "commands/train_run.h"
#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/core/available_memory.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/data/batch/workers.h"
#include "train_backbone/models/freeze.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/guard_device.h"
#include "train_backbone/train/run_plan.h"

namespace train_backbone::commands {
namespace {

void check_options(const TrainSettings& settings) {
  check_fine_tune_option(settings);
  if (core::fold_name(settings.device.fused_kernels) == "on" && settings.comm.sync_bn) {
    throw core::UsageError(
        "--fused_kernels on and --sync_bn: statistics over all ranks are not computed by the fused "
        "kernels; leave one of them out");
  }
  models::parse_freeze(settings.train.freeze);
  if (settings.model.model.empty()) {
    throw core::UsageError("--model is needed; `train_backbone models` lists the names");
  }
  const auto need_folder = [](const std::string& folder, std::string_view kind,
                              std::string_view how) {
    if (!folder.empty()) return;
    throw core::UsageError(core::format(
        "--{0}_data_dir is needed: the folder with the shards {0}-*, which `prepare` makes{1}",
        kind, how));
  };
  need_folder(settings.data.train_data_dir, "train", "");
  need_folder(settings.data.validation_data_dir, "validation",
              "; its --validation_share 0.1 draws them from a folder of class folders");
  if (settings.optim.warmup_epochs >= settings.optim.num_epochs) {
    core::log_warning("--warmup_epochs {} lasts as long as the run of --num_epochs {}",
                      settings.optim.warmup_epochs, settings.optim.num_epochs);
  }
}

// Batch normalisation needs a variance: more than one value per channel on the last feature map.
void check_batch_statistics(const TrainSettings& settings) {
  const int64_t stride = models::model_feature_maps(model_choice(settings)).back().stride;
  const int64_t side = (training_image_size(settings) + stride - 1) / stride;
  // --sync_bn has the samples of all ranks.
  const int64_t samples =
      pass_batch_size(settings) * (settings.comm.sync_bn ? settings.world_size : 1);
  if (samples * side * side > 1) return;
  throw core::UsageError(core::format(
      "--batch_size {} with --train_image_size {}: the last feature map of {} then holds one value "
      "per channel, of which batch normalisation has no variance; take a larger batch or pictures",
      samples, training_image_size(settings), settings.model.model));
}

optim::ScheduleSettings schedule_settings(const TrainSettings& settings,
                                          const train::RunPlan& plan) {
  return {.name = settings.optim.schedule,
          .peak = peak_learning_rate(settings),
          .warmup_factor = settings.optim.warmup_factor,
          .warmup_steps = settings.optim.warmup_epochs * plan.steps_per_epoch(),
          .steps_per_epoch = plan.steps_per_epoch(),
          .total_steps = plan.total_steps(),
          .compat_aws = follows_original(settings),
          .num_epochs = settings.optim.num_epochs};
}

void check_sizes(const TrainSettings& settings) {
  models::check_image_size(settings.model.model, training_image_size(settings), "train_image_size");
  models::check_image_size(settings.model.model, evaluation_image_size(settings),
                           "eval_image_size");
  check_rank_batches(settings);
  check_batch_statistics(settings);
}

// From here on the settings say what `auto` has become.
void resolve_precision(TrainSettings& settings, ops::Precision precision) {
  settings.device.precision = ops::precision_name(precision);
  const auto scaling = loss_scaling(settings, precision);
  if (!scaling) {
    settings.optim.loss_scale = "none";
  } else {
    settings.optim.loss_scale = scaling->dynamic ? "dynamic" : core::format("{}", scaling->start);
  }
}

train::RunPlan plan_of(const TrainSettings& settings, const TrainData& data) {
  return {static_cast<int64_t>(data.training().size()), step_batch_size(settings),
          settings.optim.num_epochs, settings.train.max_steps};
}

// All ranks compute at once, as in a run, where they may share cores; the slowest counts.
StepEstimate estimate_step_of_ranks(RunRanks& ranks, const TrainSettings& settings,
                                    const ops::Device& device) {
  if (ranks.is_first()) core::log_info("--dry_run: measuring steps, for about 10 seconds at most");
  StepEstimate own;
  ranks.control().barrier();
  ranks.together([&] { own = estimate_step(settings, device); });
  std::vector<double> seconds(static_cast<size_t>(ranks.world_size()));
  seconds[static_cast<size_t>(ranks.rank())] = own.seconds;
  ranks.control().all_reduce_sum(seconds);
  own.seconds = *std::max_element(seconds.begin(), seconds.end());
  return own;
}

// A GPU that is full says so by itself; the system kills a process without a word.
void warn_of_memory(const MemoryEstimate& estimate, const RunRanks& ranks,
                    const TrainSettings& settings, const ops::Device& device) {
  const std::optional<int64_t> available = core::available_memory();
  if (device.on_gpu() || !available) return;
  const std::string warning = memory_warning(estimate, settings, ranks.ranks_on_host(), *available);
  if (!warning.empty()) core::log_warning("{}", warning);
}

int dry_run(RunRanks& ranks, const TrainSettings& settings, const TrainData& data,
            const ops::Device& device, int workers) {
  std::optional<train::RunPlan> plan;
  std::optional<optim::LearningRateSchedule> schedule;
  ranks.together([&] {
    plan.emplace(plan_of(settings, data));
    schedule.emplace(schedule_settings(settings, *plan));
  });
  nlohmann::ordered_json result;
  ranks.together([&] {
    if (!ranks.is_first()) return;
    const MemoryEstimate memory = estimate_memory(settings, device.precision, workers);
    warn_of_memory(memory, ranks, settings, device);
    result = print_plan(settings, *plan, *schedule, memory);
  });
  const StepEstimate step = estimate_step_of_ranks(ranks, settings, device);
  ranks.together([&] {
    if (ranks.is_first()) print_times(settings, *plan, step, std::move(result));
  });
  return static_cast<int>(core::ExitCode::kDone);
}

// Everything that can be wrong is looked at before the folder of the run is touched. What one rank
// finds wrong ends all of them.
int train_on(RunRanks& ranks, TrainSettings& settings, const ResolvedText& resolved) {
  ops::Device device;
  int workers = 0;
  ranks.together([&] {
    check_options(settings);
    settings.model.model = models::canonical_model_name(settings.model.model);
    check_sizes(settings);
    device = ops::set_up_device(settings.device, ranks.place(), ranks.cores());
    resolve_precision(settings, device.precision);
    why_no_step_graph(settings.device.cuda_graph, step_graph_case(settings, device));
    programs_to_export_for(settings);  // refuses what cannot be, before anything is trained
    workers = data::resolve_workers(settings.data.workers, device.compute_threads, ranks.cores());
  });
  ranks.check_devices(device, settings.comm);
  std::optional<TrainData> data;
  ranks.one_per_host_first([&] { data.emplace(settings, workers); });
  check_agreement(ranks, settings, data->training().index().fingerprint(),
                  data->validation().index().fingerprint());
  if (settings.train.dry_run) return dry_run(ranks, settings, *data, device, workers);
  std::optional<train::RunPlan> plan;
  std::optional<ResumePoint> resume;
  io::RunStart start = io::RunStart::kNew;
  ranks.together([&] {
    plan.emplace(plan_of(settings, *data));
    if (!ranks.is_first()) return;
    warn_of_memory(estimate_memory(settings, device.precision, workers), ranks, settings, device);
    resume = find_resume_point(settings);
    if (resume) {
      check_resume(*resume, settings, data->training().index().fingerprint(),
                   device.compute_threads);
    }
    start = run_start(settings, resume);
  });
  const optim::LearningRateSchedule schedule(schedule_settings(settings, *plan));
  TrainRun run({.settings = settings,
                .data = *data,
                .plan = *plan,
                .schedule = schedule,
                .ranks = ranks,
                .device = device,
                .workers = workers},
               resume);
  std::optional<io::RunDirectory> directory;
  ranks.together([&] {
    if (!ranks.is_first()) return;
    directory.emplace(settings.train.model_dir, start);
    if (run.is_complete()) return;
    if (resume) set_aside_damaged(*resume);
    directory->write_run_toml(resolved.toml);
  });
  const io::RunDirectory* const own = directory ? &*directory : nullptr;
  return run.is_complete() ? run.tell_completion(own) : run.train_in(own);
}

}  // namespace

int run_train(TrainSettings settings, const ResolvedText& resolved) {
  if (const std::optional<int> code = start_ranks(settings)) return *code;
  RunRanks ranks(settings.comm, lowest_level(settings.train.log_level, settings.train.quiet));
  settings.rank = ranks.rank();
  settings.world_size = ranks.world_size();
  try {
    int code = 0;
    ops::guard_device([&] { code = train_on(ranks, settings, resolved); });
    return code;
  } catch (core::Error& error) {
    if (dynamic_cast<const comm::LostPeer*>(&error) != nullptr) ranks.await_verdict();
    if (!ranks.is_alone() && !error.told()) {  // of this rank alone
      core::tell_error(error.what());
      error.set_told();
      ranks.tell_failure();
    }
    throw;
  } catch (...) {
    ranks.tell_failure();
    throw;
  }
}

}  // namespace train_backbone::commands
