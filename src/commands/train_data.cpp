#include "commands/train_data.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "commands/run_config.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/data/batch/padded_source.h"
#include "train_backbone/data/batch/sources.h"

namespace train_backbone::commands {
namespace {

void compare_size(const TrainSettings& settings, uint64_t records) {
  const std::optional<int64_t>& expected = settings.data.train_dataset_size;
  if (!expected || static_cast<uint64_t>(*expected) == records) return;
  core::log_warning("--train_dataset_size {}: there are {} training records, and these are used",
                    *expected, records);
}

// One more may be the background's.
void warn_of_classes_without_pictures(const TrainSettings& settings) {
  const std::filesystem::path path =
      std::filesystem::path(settings.data.train_data_dir) / "synsets.txt";
  std::ifstream file(path);
  int64_t classes = 0;
  for (std::string line; std::getline(file, line);) classes += line.empty() ? 0 : 1;
  if (classes == 0 || settings.model.num_classes <= classes + 1) return;
  core::log_warning(
      "--num_classes {}: {} names {}, and the others have no pictures; is --num_classes {} meant?",
      settings.model.num_classes, path.string(),
      core::counted(static_cast<uint64_t>(classes), "class", "classes"), classes);
}

}  // namespace

TrainData::TrainData(const TrainSettings& settings, int workers)
    : settings_(settings),
      workers_(workers),
      training_(
          data::ShardIndex::open(settings.data.train_data_dir, "train", settings.data.index_dir)),
      validation_(data::ShardIndex::open(settings.data.validation_data_dir, "validation",
                                         settings.data.index_dir)),
      training_transform_(data::make_training_transform(
          settings.data.augment, static_cast<int>(training_image_size(settings)),
          data::parse_augment_semantics(settings.data.augment_semantics))),
      evaluation_transform_(data::make_evaluation_transform(
          static_cast<int>(evaluation_image_size(settings)), settings.data.eval_crop_pct,
          data::parse_augment_semantics(settings.data.augment_semantics))) {
  compare_size(settings, training_.size());
  warn_of_classes_without_pictures(settings);
}

std::unique_ptr<data::BatchSource> TrainData::training_batches(int64_t first_step,
                                                               int64_t end_step) const {
  return data::make_training_source(training_, *training_transform_,
                                    {.seed = static_cast<uint64_t>(settings_.train.seed),
                                     .batch_size = rank_batch_size(settings_),
                                     .global_batch_size = step_batch_size(settings_),
                                     .rank = settings_.rank,
                                     .first_step = static_cast<uint64_t>(first_step),
                                     .end_step = static_cast<uint64_t>(end_step),
                                     .num_classes = settings_.model.num_classes,
                                     .label_offset = settings_.data.label_offset,
                                     .image_size = static_cast<int>(training_image_size(settings_)),
                                     .workers = workers_,
                                     .skip_damaged = settings_.data.damage.skip(),
                                     .block_shuffle = settings_.data.shuffle == "block"});
}

// Ranks take contiguous parts of the records that differ by one at most.
std::unique_ptr<data::BatchSource> TrainData::validation_batches() const {
  const uint64_t records = validation_.size();
  const auto rank = static_cast<uint64_t>(settings_.rank);
  const auto ranks = static_cast<uint64_t>(settings_.world_size);
  const auto batch = static_cast<uint64_t>(rank_batch_size(settings_));
  const uint64_t most = (records + ranks - 1) / ranks;
  auto part = data::make_evaluation_source(
      validation_, *evaluation_transform_,
      {.batch_size = rank_batch_size(settings_),
       .num_classes = settings_.model.num_classes,
       .label_offset = settings_.data.label_offset,
       .image_size = static_cast<int>(evaluation_image_size(settings_)),
       .workers = workers_,
       .first_record = records * rank / ranks,
       .end_record = records * (rank + 1) / ranks,
       .skip_damaged = settings_.data.damage.skip()});
  return std::make_unique<data::PaddedSource>(std::move(part), (most + batch - 1) / batch);
}

}  // namespace train_backbone::commands
