#include "commands/validate.h"

#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <utility>

#include "commands/input_dump.h"
#include "commands/json_line.h"
#include "commands/prediction_file.h"
#include "commands/validate_target.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/progress.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/data/batch/bad_records.h"
#include "train_backbone/data/batch/reporting_source.h"
#include "train_backbone/data/batch/sources.h"
#include "train_backbone/data/batch/workers.h"
#include "train_backbone/models/fused_kernels.h"
#include "train_backbone/models/options.h"
#include "train_backbone/models/weight_copies.h"
#include "train_backbone/ops/device.h"
#include "train_backbone/ops/guard_device.h"
#include "train_backbone/train/evaluator.h"

namespace train_backbone::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kSplit = "validation";

// Enters damaged records into `bad`.
data::ReportingSource make_batches(const data::RecordStore& store, const ValidateTarget& target,
                                   const ValidateOptions& options, int workers,
                                   data::BadRecords& bad) {
  bad.set_budget(kSplit, data::bad_record_budget(options.damage.max_bad_records, store.size()));
  const auto transform = data::make_evaluation_transform(static_cast<int>(target.image_size),
                                                         target.crop_pct, target.semantics);
  auto source = data::make_evaluation_source(store, *transform,
                                             {.batch_size = options.batch_size,
                                              .num_classes = target.num_classes,
                                              .label_offset = target.label_offset,
                                              .image_size = static_cast<int>(target.image_size),
                                              .workers = workers,
                                              .first_record = 0,
                                              .end_record = store.size(),
                                              .skip_damaged = options.damage.skip()});
  return {std::move(source), bad, kSplit, [] { return int64_t{0}; }};
}

void print_result(const train::Meters& meters, uint64_t bad_records, const ValidateTarget& target,
                  double seconds, bool quiet) {
  if (!quiet) {
    std::cout << core::format(
        "{}: top-1 {:.2f} %, top-5 {:.2f} %, loss {:.4f} over {} records{}\n", target.name,
        meters.top1_percent(), meters.top5_percent(), meters.mean_loss(), meters.count,
        bad_records > 0 ? core::format(" ({} damaged left out)", bad_records) : "");
  }
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  print_json_line({{"top1", rounded(meters.top1_percent())},
                   {"top5", rounded(meters.top5_percent())},
                   {"loss", meters.mean_loss()},
                   {"records", meters.count},
                   {"bad_records", bad_records},
                   {"images_per_second", rounded(static_cast<double>(meters.count) / seconds)},
                   {"weights", target.weights.string()}});
}

void visit_network(ValidateOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.weights, {.name = "weights",
                                   .help = "weight file (.safetensors), checkpoint folder, or a "
                                           "--model_dir, whose best weights are taken",
                                   .required = true});
  visitor.option(options.validation_data_dir,
                 {.name = "validation_data_dir",
                  .help = "folder with the validation shards, validation-*",
                  .required = true});
  visitor.option(options.model, {.name = "model",
                                 .help = "network; default: what the weights say",
                                 .suggestions = models::suggested_models()});
  visitor.option(options.compat,
                 {.name = "compat",
                  .help = "none or aws: whose network; default: what the weights say",
                  .choices = {"none", "aws"}});
  visitor.option(options.leaky_slope,
                 {.name = "leaky_slope",
                  .help = "slope of darknet53's LeakyReLU below zero; default: what "
                          "the weights say, else 0.1",
                  .bound = core::below(0, 1)});
  visitor.option(options.num_classes,
                 {.name = "num_classes",
                  .help = "classes of the network; default: as the weights have",
                  .bound = core::between(1, 1000000)});
  visitor.option(options.label_offset,
                 {.name = "label_offset",
                  .help = "class of a record = its label - this; default: what the "
                          "weights say, else 1"});
  visitor.option(options.eval_image_size,
                 {.name = "eval_image_size",
                  .help = "side of the pictures; default: what the weights say, else the model's",
                  .bound = core::between(8, 4096),
                  .unit = "pixels"});
  visitor.option(options.eval_crop_pct,
                 {.name = "eval_crop_pct",
                  .help = "share of the shorter side that is looked at; default: what the weights "
                          "say, else 0.875",
                  .bound = {.low = 0, .high = 1, .low_open = true}});
  visitor.option(options.augment_semantics,
                 {.name = "augment_semantics",
                  .help = "whose decoding and resizing: tf, torchvision or tf_exact; default: what "
                          "the weights say, else tf",
                  .choices = {"tf", "torchvision", "tf_exact"}});
}

void visit_run(ValidateOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.predictions,
                 {.name = "predictions",
                  .help = "CSV file to write: per record its file name, label and "
                          "the five best classes with their probabilities"});
  visitor.option(options.dump_inputs,
                 {.name = "dump_inputs",
                  .help = "safetensors file to write: the first records as the "
                          "network sees them (inputs [N, 3, H, W]), labels and logits; "
                          "12 H W bytes per record, held in memory until the end"});
  visitor.option(options.dump_records, {.name = "dump_records",
                                        .help = "how many records --dump_inputs holds at most",
                                        .bound = core::at_least(1),
                                        .unit = "records"});
  visitor.option(options.batch_size,
                 {.name = "batch_size",
                  .help = "pictures computed at a time; never changes the counts",
                  .bound = core::at_least(1),
                  .unit = "images",
                  .short_name = "b"});
  visitor.option(options.index_dir,
                 {.name = "index_dir",
                  .help = "folder for the cached record index; default: beside the "
                          "shards, else the user's cache folder"});
  options.damage.visit(visitor);
  visitor.option(options.workers, {.name = "workers",
                                   .help = "threads that read and decode; auto: the cores that "
                                           "--compute_threads leaves, at least 1",
                                   .bound = core::between(0, 1024),
                                   .unit = "threads",
                                   .word_for_zero = "auto"});
  visitor.option(options.quiet,
                 {.name = "quiet", .help = "print only the line of results at the end"});
}

}  // namespace

void ValidateOptions::visit_options(core::OptionVisitor& visitor) {
  visit_network(*this, visitor);
  visit_run(*this, visitor);
}

namespace {

int validate_on(const ValidateOptions& options, const ops::DeviceOptions& device) {
  const ops::Device place = ops::set_up_device(device);
  const ValidateTarget target = load_validate_target(options);
  const data::RecordStore store(
      data::ShardIndex::open(options.validation_data_dir, "validation", options.index_dir));
  std::unique_ptr<PredictionFile> predictions;
  if (!options.predictions.empty()) {
    predictions = std::make_unique<PredictionFile>(options.predictions, store);
  }
  std::unique_ptr<InputDump> dump;
  if (!options.dump_inputs.empty()) {
    dump = std::make_unique<InputDump>(options.dump_inputs, options.dump_records, target);
  }
  data::BadRecords bad;
  auto batches = make_batches(store, target, options,
                              data::resolve_workers(options.workers, place.compute_threads), bad);
  core::Progress progress("validation", "img", store.size(), options.quiet);
  const Clock::time_point begin = Clock::now();
  uint64_t done = 0;
  models::use_fused_kernels(*target.model, core::fold_name(device.fused_kernels) != "off");
  if (place.on_gpu()) target.model->to(place.tensors);
  const at::ScalarType type = ops::compute_type(place.precision);
  if (type != at::kFloat) models::compute_with_copies(*target.model, type, {});
  train::Evaluator evaluator(*target.model, target.normalisation, type);
  const auto meters = evaluator.evaluate(batches, {}, [&](const train::EvaluatedBatch& evaluated) {
    if (predictions) predictions->append(evaluated.batch, evaluated.logits);
    if (dump) dump->append(evaluated);
    progress.update(done += static_cast<uint64_t>(evaluated.batch.size));
  });
  if (predictions) predictions->commit();
  if (dump) dump->write();
  progress.clear_line();
  print_result(meters.value_or(train::Meters{}), bad.count(), target,
               std::chrono::duration<double>(Clock::now() - begin).count(), options.quiet);
  return static_cast<int>(core::ExitCode::kDone);
}

}  // namespace

int run_validate(const ValidateOptions& options, const ops::DeviceOptions& device) {
  int code = 0;
  ops::guard_device([&] { code = validate_on(options, device); });
  return code;
}

}  // namespace train_backbone::commands
