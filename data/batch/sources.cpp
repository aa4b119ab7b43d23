#include "train_backbone/data/batch/sources.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "data/batch/evaluation_plan.h"
#include "data/batch/record_sample_reader.h"
#include "data/batch/ring_source.h"
#include "data/batch/training_plan.h"

namespace train_backbone::data {
namespace {

std::vector<std::unique_ptr<SampleReader>> make_readers(int workers, const RecordStore& store,
                                                        const ImageTransform& transform,
                                                        const ClassRange& classes, uint64_t seed) {
  if (workers < 1) {
    throw std::invalid_argument("workers below 1");
  }
  std::vector<std::unique_ptr<SampleReader>> readers;
  for (int worker = 0; worker < workers; ++worker) {
    readers.push_back(std::make_unique<RecordSampleReader>(store, transform, classes, seed));
  }
  return readers;
}

}  // namespace

std::unique_ptr<BatchSource> make_training_source(const RecordStore& store,
                                                  const ImageTransform& transform,
                                                  const TrainingSourceSettings& settings) {
  const ClassRange classes = {.num_classes = settings.num_classes,
                              .label_offset = settings.label_offset};
  return std::make_unique<RingSource>(
      std::make_unique<TrainingPlan>(store.size(), settings),
      make_readers(settings.workers, store, transform, classes, settings.seed),
      settings.image_size);
}

std::unique_ptr<BatchSource> make_evaluation_source(const RecordStore& store,
                                                    const ImageTransform& transform,
                                                    const EvaluationSourceSettings& settings) {
  const ClassRange classes = {.num_classes = settings.num_classes,
                              .label_offset = settings.label_offset};
  constexpr uint64_t kSeed = 0;  // the evaluation transform draws nothing
  return std::make_unique<RingSource>(
      std::make_unique<EvaluationPlan>(store.size(), settings),
      make_readers(settings.workers, store, transform, classes, kSeed), settings.image_size);
}

}  // namespace train_backbone::data
