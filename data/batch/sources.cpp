#include "train_backbone/data/batch/sources.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/batch/evaluation_plan.h"
#include "data/batch/failing_reader.h"
#include "data/batch/omitting_reader.h"
#include "data/batch/record_sample_reader.h"
#include "data/batch/replacing_reader.h"
#include "data/batch/ring_source.h"
#include "data/batch/training_plan.h"

namespace train_backbone::data {
namespace {

constexpr std::string_view kEvaluationAdvice =
    "--on_bad_record skip leaves damaged records out; `prepare --verify_images --on_bad_image "
    "skip` makes shards without such pictures";

// By the mean size of a record. Belongs to the order of samples: the same for the same shards.
uint64_t records_per_block(const ShardIndex& index) {
  uint64_t bytes = 0;
  for (const ShardEntry& shard : index.shards()) bytes += shard.bytes;
  const uint64_t mean = std::max<uint64_t>(1, bytes / index.size());
  return std::max<uint64_t>(1, kBlockBytes / mean);
}

using ReaderMaker = std::function<std::unique_ptr<SampleReader>(RecordSampleReader)>;

ReaderMaker failing(std::string_view advice) {
  return [advice](RecordSampleReader reader) {
    return std::make_unique<FailingReader>(std::move(reader), std::string(advice));
  };
}

ReaderMaker replacing(uint64_t seed) {
  return [seed](RecordSampleReader reader) {
    return std::make_unique<ReplacingReader>(std::move(reader), seed);
  };
}

std::unique_ptr<SampleReader> make_omitting(RecordSampleReader reader) {
  return std::make_unique<OmittingReader>(std::move(reader));
}

std::vector<std::unique_ptr<SampleReader>> make_readers(int workers,
                                                        const RecordSampleReader& prototype,
                                                        const ReaderMaker& make_reader) {
  if (workers < 1) {
    throw std::invalid_argument("workers below 1");
  }
  std::vector<std::unique_ptr<SampleReader>> readers;
  for (int worker = 0; worker < workers; ++worker) {
    readers.push_back(make_reader(prototype.clone()));
  }
  return readers;
}

}  // namespace

std::unique_ptr<BatchSource> make_training_source(const RecordStore& store,
                                                  const ImageTransform& transform,
                                                  const TrainingSourceSettings& settings) {
  const ClassRange classes = {.num_classes = settings.num_classes,
                              .label_offset = settings.label_offset};
  const auto clock = std::make_shared<LoaderClock>();
  const RecordSampleReader prototype(store, transform, classes, settings.seed, clock);
  const uint64_t block = settings.block_shuffle ? records_per_block(store.index()) : 0;
  return std::make_unique<RingSource>(
      std::make_unique<TrainingPlan>(store.size(), settings, block),
      make_readers(
          settings.workers, prototype,
          settings.skip_damaged ? replacing(settings.seed) : failing(settings.damage_advice)),
      settings.image_size, clock);
}

std::unique_ptr<BatchSource> make_evaluation_source(const RecordStore& store,
                                                    const ImageTransform& transform,
                                                    const EvaluationSourceSettings& settings) {
  const ClassRange classes = {.num_classes = settings.num_classes,
                              .label_offset = settings.label_offset};
  constexpr uint64_t kSeed = 0;  // the evaluation transform draws nothing
  const RecordSampleReader prototype(store, transform, classes, kSeed);
  return std::make_unique<RingSource>(
      std::make_unique<EvaluationPlan>(store.size(), settings),
      make_readers(settings.workers, prototype,
                   settings.skip_damaged ? ReaderMaker(make_omitting) : failing(kEvaluationAdvice)),
      settings.image_size);
}

}  // namespace train_backbone::data
