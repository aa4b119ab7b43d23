#include "commands/train_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <utility>

#include "commands/agreed_stop.h"
#include "commands/fine_tune.h"
#include "commands/model_setup.h"
#include "commands/phase_keeper.h"
#include "commands/replica_watch.h"
#include "commands/run_config.h"
#include "commands/run_environment.h"
#include "commands/run_exports.h"
#include "commands/run_result.h"
#include "commands/sample_pictures.h"
#include "commands/save_barrier.h"
#include "commands/step_graph.h"
#include "commands/weight_description.h"
#include "train_backbone/comm/bfloat16_wire.h"
#include "train_backbone/comm/fail_together.h"
#include "train_backbone/comm/gradient_reducer.h"
#include "train_backbone/comm/tensor_sum.h"
#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/terminal.h"
#include "train_backbone/data/batch/workers.h"
#include "train_backbone/models/sync_batch_norm.h"
#include "train_backbone/train/ranked_batches.h"
#include "train_backbone/train/replicate.h"
#include "train_backbone/train/stop_signals.h"

namespace train_backbone::commands {
namespace {

constexpr const char* kTraining = "train";
constexpr const char* kValidation = "validation";

}  // namespace

TrainRun::TrainRun(TrainRunParts parts, const std::optional<ResumePoint>& resume)
    : parts_(parts),
      model_(make_training_model(parts.settings, parts.device)),
      groups_(training_groups(parts.settings, *model_)),
      arena_(groups_.parameters),
      optimizer_(arena_, parts.settings.optim.momentum, groups_.settings),
      keep_metrics_through_(io::kKeepNothing) {
  if (!parts.ranks.is_alone() && parts.settings.comm.sync_bn) compute_norms_over_ranks();
  parts.ranks.together([&] {
    if (parts.ranks.is_first()) load(resume);
  });
  train::replicate(parts.ranks.control(), state_, *model_, optimizer_);
  compute_in(ops::compute_type(parts.device.precision), *model_, arena_);
  batches_ = std::make_unique<PeekedBatches>(training_batches());
}

void TrainRun::compute_norms_over_ranks() {
  models::synchronise_batch_norm(
      *model_,
      [&control = parts_.ranks.control()](at::Tensor& sums) {
        comm::sum_over_ranks(control, sums);
      },
      parts_.ranks.world_size());
}

void TrainRun::load(const std::optional<ResumePoint>& resume) {
  if (resume) {
    go_on_from(*resume);
  } else if (!parts_.settings.train.fine_tune.empty()) {
    load_fine_tune_weights(parts_.settings, *model_);
  }
  set_budgets();
  if (resume) bad_records_.go_on_from(resume->bad_records(), state_.step);
}

void TrainRun::go_on_from(const ResumePoint& point) {
  state_ = train::restore(point.checkpoint, point.path, *model_, arena_, optimizer_);
  keep_metrics_through_ = state_.step;
  if (!point.same_run) {
    from_another_run_ = true;
    // The best weights lie in the other folder; this one gets its own.
    state_.best_top1 = -1;
    state_.best_step = -1;
    state_.validation.reset();
  }
  if (is_complete()) return;
  core::log_info("going on from {}", point.path.string());
  if (state_.step > parts_.plan.end_step()) {
    core::log_warning("{} is behind the end of this run at step {}: nothing is left to do",
                      point.path.string(), parts_.plan.end_step());
  }
}

bool TrainRun::is_complete() const {
  return state_.step == parts_.plan.end_step() && state_.closed_step == state_.step &&
         state_.validation && state_.validation->step == state_.step;
}

int TrainRun::tell_completion(const io::RunDirectory* directory) {
  if (directory != nullptr) {
    const bool quiet = parts_.settings.train.quiet;
    const RunResult result{.plan = parts_.plan,
                           .state = state_,
                           .directory = *directory,
                           .bad_records = bad_records_.count()};
    hand_over_to_job(parts_.settings, *directory);
    if (!quiet) print_completion(result);
    print_result(result, quiet);
  }
  parts_.ranks.control().barrier();  // as in train_in()
  return static_cast<int>(core::ExitCode::kDone);
}

void TrainRun::set_budgets() {
  const std::optional<int64_t>& most = parts_.settings.data.damage.max_bad_records;
  bad_records_.set_budget(kTraining, data::bad_record_budget(most, parts_.data.training().size()));
  bad_records_.set_budget(kValidation,
                          data::bad_record_budget(most, parts_.data.validation().size()));
}

std::unique_ptr<data::BatchSource> TrainRun::training_batches() {
  taken_steps_ = first_step();
  return std::make_unique<train::RankedBatches>(
      parts_.data.training_batches(first_step(), parts_.plan.end_step()), parts_.ranks.control(),
      [this](const data::Batch& batch) {
        ++taken_steps_;
        note_damage(kTraining, batch);
      });
}

std::unique_ptr<data::BatchSource> TrainRun::validation_batches() {
  return std::make_unique<train::RankedBatches>(
      parts_.data.validation_batches(), parts_.ranks.control(),
      [this](const data::Batch& batch) { note_damage(kValidation, batch); });
}

// The first rank keeps the list of all.
void TrainRun::note_damage(const char* split, const data::Batch& batch) {
  if (parts_.ranks.is_first()) bad_records_.add(split, taken_steps_, batch.damaged);
}

int64_t TrainRun::first_step() const { return std::min(state_.step, parts_.plan.end_step()); }

std::unique_ptr<comm::GradientReducer> TrainRun::timed(
    std::unique_ptr<comm::GradientReducer> reducer) {
  auto timed = std::make_unique<comm::TimedReducer>(std::move(reducer), parts_.device.tensors);
  reducer_ = timed.get();
  return timed;
}

std::unique_ptr<train::RankSync> TrainRun::make_rank_sync() {
  RunRanks& ranks = parts_.ranks;
  if (ranks.is_alone()) return nullptr;
  if (parts_.device.on_gpu()) {
    device_ranks_ = parts_.settings.comm.share_gpu ? comm::make_staged_ranks(ranks.channel())
                                                   : comm::make_nccl_ranks(ranks.control());
    comm::connect(*device_ranks_, arena_.gradients(), parts_.settings.comm.bucket_bytes());
    auto reducer = timed(comm::make_device_bucket_reducer(arena_, *device_ranks_,
                                                          parts_.settings.comm.bucket_bytes()));
    return std::make_unique<train::RankSync>(ranks.control(), std::move(reducer), *model_,
                                             !parts_.settings.comm.sync_bn, device_ranks_.get());
  }
  std::unique_ptr<comm::Communicator> channel = ranks.channel();
  if (parts_.settings.comm.wire_dtype == "bf16") {
    channel = std::make_unique<comm::Bfloat16Wire>(std::move(channel));
  }
  auto reducer = timed(
      comm::make_bucket_reducer(arena_, std::move(channel), parts_.settings.comm.bucket_bytes()));
  return std::make_unique<train::RankSync>(ranks.control(), std::move(reducer), *model_,
                                           !parts_.settings.comm.sync_bn);
}

// Of this rank's validation, whose progress is shown.
int64_t TrainRun::rank_validation_records() const {
  const auto records = static_cast<int64_t>(parts_.data.validation().size());
  return records / parts_.ranks.world_size();  // the first rank's part
}

// What this rank works with, and the clocks of its parts.
TrainingTimes TrainRun::work_of_rank() const {
  const TrainSettings& settings = parts_.settings;
  const bool halved = settings.comm.wire_dtype == "bf16";
  return {.workers = parts_.workers,
          .compute_threads = parts_.device.compute_threads,
          .cores = parts_.ranks.cores(),
          .on_gpu = parts_.device.on_gpu(),
          .ranks = parts_.ranks.world_size(),
          .gradient_bytes = arena_.gradients().numel() * (halved ? 2 : 4),
          .halved_gradients = halved,
          .block_shuffle = settings.data.shuffle == "block"};
}

TimeKeeper::Clocks TrainRun::clocks() const {
  return {
      .loader = [this] { return batches_->work_done(); },
      .reducing = [this] { return reducer_ != nullptr ? reducer_->seconds() : 0.0; },
      .copying = [this] { return step_ != nullptr ? step_->seconds_waited_for_pixels() : 0.0; }};
}

RunOutput::Settings TrainRun::output_settings() const {
  const TrainSettings& settings = parts_.settings;
  const data::Batch* first = batches_->first();
  Picture sample = first != nullptr ? sample_pictures(*first) : Picture{};
  io::ReportFacts report{
      .title = core::format("{} on {}", settings.model.model, settings.data.train_data_dir),
      .environment = run_environment(parts_.ranks, parts_.device, parts_.workers),
      .sample_png = png_of(sample)};
  return {.console = {.validation_records = rank_validation_records(),
                      .first_step = first_step(),
                      .ranks = parts_.ranks.world_size(),
                      .quiet = settings.train.quiet,
                      .interval = std::chrono::milliseconds(
                          std::llround(1000 * settings.train.print_every_seconds))},
          .keep_metrics_through = keep_metrics_through_,
          .tensorboard = settings.train.tensorboard,
          .histograms_every = settings.train.histograms_every_epochs,
          .work = work_of_rank(),
          .clocks = clocks(),
          .sample = std::move(sample),
          .report = std::move(report)};
}

std::unique_ptr<RunOutput> TrainRun::make_output(const io::RunDirectory& directory) {
  const bool quiet = parts_.settings.train.quiet;
  if (!quiet) print_summary();
  bad_records_.keep_in(directory.bad_records());
  auto output =
      std::make_unique<RunOutput>(output_settings(),
                                  RunSaver::Parts{.directory = directory,
                                                  .plan = parts_.plan,
                                                  .model = *model_,
                                                  .arena = arena_,
                                                  .optimizer = optimizer_},
                                  described_config(parts_.settings, parts_.device.compute_threads),
                                  parts_.data.training().index().fingerprint(), bad_records_);
  // From here on --resume_from auto means this folder, also when the run is killed at once.
  if (from_another_run_) output->saver().on_checkpoint(state_);
  return output;
}

// Adds to the message of a divergence what there is to go back to.
bool TrainRun::run_to_end(train::Trainer& trainer, RunOutput* output) {
  try {
    return trainer.run(*batches_);
  } catch (const core::DivergedError& error) {  // on all ranks alike
    std::string text = error.what();
    if (output != nullptr && !output->saver().newest().empty()) {
      text += core::format("; the last good checkpoint is {}", output->saver().newest().string());
    }
    comm::throw_together(parts_.ranks.control(), core::ExitCode::kDiverged, text);
  }
}

int TrainRun::train_in(const io::RunDirectory* directory) {
  comm::Communicator& control = parts_.ranks.control();
  const std::unique_ptr<train::RankSync> sync = make_rank_sync();
  train::TrainStep step(*model_, arena_, optimizer_,
                        training_step_settings(parts_.settings, parts_.device.precision),
                        sync.get(),
                        make_step_graph(parts_.settings.device.cuda_graph, parts_.device,
                                        step_graph_case(parts_.settings, parts_.device)));
  step_ = &step;
  train::Evaluator evaluator(
      *model_, training_normalisation(parts_.settings), ops::compute_type(parts_.device.precision),
      [&control](train::Meters& meters) { train::RankSync::sum(control, meters); });
  AgreedStop stop(control);
  train::Trainer trainer({.eval_every_epochs = parts_.settings.train.eval_every_epochs,
                          .checkpoint_every_steps = parts_.settings.train.checkpoint_every_steps,
                          .log_every_steps = parts_.settings.train.log_every_steps},
                         {.plan = parts_.plan,
                          .schedule = parts_.schedule,
                          .model = *model_,
                          .step = step,
                          .evaluator = evaluator,
                          .validation_batches = [this] { return validation_batches(); },
                          .stop = [&stop] { return stop.ask(); },
                          .any_rank = [this](bool own) { return parts_.ranks.any(own); }},
                         state_);
  PhaseKeeper phases(parts_.ranks.progress());
  trainer.add_observer(phases);
  ReplicaWatch replicas(control, *model_, optimizer_,
                        parts_.ranks.is_alone() ? 0 : parts_.settings.comm.check_replicas_every);
  trainer.add_observer(replicas);
  std::unique_ptr<RunOutput> output;
  parts_.ranks.together([&] {
    if (directory != nullptr) output = make_output(*directory);
  });
  if (output) output->observe(trainer);
  SaveBarrier barrier(control);
  trainer.add_observer(barrier);
  parts_.ranks.end_set_up();
  const train::StopSignals signals;
  const bool ended = run_to_end(trainer, output.get());
  const std::optional<int> signal = ended ? std::nullopt : stop.signal();
  if (output) {
    output->finish();
    if (ended) hand_over_to_job(parts_.settings, *directory);
    print_result({.plan = parts_.plan,
                  .state = trainer.state(),
                  .directory = *directory,
                  .bad_records = bad_records_.count(),
                  .images_per_second = trainer.speed().samples_per_second(),
                  .signal = signal},
                 parts_.settings.train.quiet);
  }
  control.barrier();  // a launcher kills all when one ends with a code that is not 0
  return static_cast<int>(signal ? core::ExitCode::kSignal : core::ExitCode::kDone) +
         signal.value_or(0);
}

// Nothing on the CPU.
std::string TrainRun::graph_text() const {
  if (!parts_.device.on_gpu()) return {};
  return ", " + step_graph_text(parts_.settings.device.cuda_graph,
                                step_graph_case(parts_.settings, parts_.device));
}

std::string TrainRun::ranks_line() const {
  const RunRanks& ranks = parts_.ranks;
  if (ranks.is_alone()) return {};
  return core::format("ranks       {}, {} samples each; device and workers are of each rank\n",
                      ranks.text(), rank_batch_size(parts_.settings));
}

void TrainRun::print_summary() const {
  const TrainSettings& settings = parts_.settings;
  const train::RunPlan& plan = parts_.plan;
  int64_t parameters = 0;
  int64_t frozen = 0;
  for (const at::Tensor& tensor : model_->parameters()) {
    parameters += tensor.numel();
    if (!tensor.requires_grad()) frozen += tensor.numel();
  }
  std::string lines =
      core::format("model       {}, {} parameters{}, {} classes\n", settings.model.model,
                   parameters, frozen > 0 ? core::format(" ({} frozen)", frozen) : "",
                   settings.model.num_classes) +
      core::format("training    {} records, {} px, augment {}, shuffle {}\n", plan.records(),
                   training_image_size(settings), settings.data.augment, settings.data.shuffle) +
      core::format("validation  {} records, {} px\n", parts_.data.validation().size(),
                   evaluation_image_size(settings)) +
      core::format("steps       {} of {} samples ({} epochs; {} samples left over)",
                   plan.total_steps(), plan.batch_size(), settings.optim.num_epochs,
                   plan.dropped_samples());
  if (plan.end_step() < plan.total_steps()) {
    lines += core::format(", stopping after {}", plan.end_step());
  }
  if (state_.step > 0) lines += core::format(", going on after {}", state_.step);
  const auto counted = [](int64_t count, const char* thing) {
    return core::counted(static_cast<uint64_t>(count), thing);
  };
  lines +=
      core::format("\nschedule    {}, peak learning rate {:.6g}, warm-up epochs {}\n",
                   settings.optim.schedule, peak_learning_rate(settings),
                   settings.optim.warmup_epochs) +
      core::format("device      {}{}, {}, {} on {}\n", parts_.device.text, graph_text(),
                   counted(parts_.device.compute_threads, "compute thread"),
                   counted(parts_.workers, "data worker"), counted(core::allowed_cores(), "core")) +
      ranks_line() + core::format("output      {}", settings.train.model_dir);
  constexpr size_t kIndent = 12;  // where the values stand
  std::cout << core::fit_terminal(lines, kIndent) << std::endl;
}

}  // namespace train_backbone::commands
