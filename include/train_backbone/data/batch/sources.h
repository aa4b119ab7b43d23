#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "train_backbone/data/batch/batch_source.h"
#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/record_store.h"

namespace train_backbone::data {

// What to do about a damaged record.
inline constexpr std::string_view kPrepareAdvice =
    "`prepare --verify_images --on_bad_image skip` makes shards without such pictures";
inline constexpr std::string_view kTrainingAdvice =
    "--on_bad_record skip shows another record instead of a damaged one; `prepare --verify_images "
    "--on_bad_image skip` makes shards without such pictures";

struct TrainingSourceSettings {
  uint64_t seed = 0;
  int64_t batch_size = 0;         // samples of this rank in a step
  int64_t global_batch_size = 0;  // samples of all ranks in a step
  int64_t rank = 0;               // this rank takes slice [rank, rank + 1) * batch_size of a step
  uint64_t first_step = 0;        // where to begin (resume)
  uint64_t end_step = 0;          // one past the last step
  int64_t num_classes = 0;
  int64_t label_offset = 1;
  int image_size = 0;
  int workers = 1;
  bool skip_damaged = false;   // --on_bad_record skip
  bool block_shuffle = false;  // --shuffle block: BlockShuffle with blocks of kBlockBytes
  std::string_view damage_advice = kTrainingAdvice;  // ends the message of a damaged record
};

// Records of so many bytes together are read one after another with --shuffle block.
inline constexpr uint64_t kBlockBytes = uint64_t{4} << 20;

// Endless shuffled training order (SampleOrder over the store), cut into steps. Batches arrive in
// order and are the same for any number of workers. Memory is bounded by a few batches.
// The store must outlive the source (the transform is cloned); the transform's size must be
// image_size. Each step g covers positions [g * G, (g + 1) * G) of the order, G the global batch.
// A damaged record or picture: next() throws core::DataError naming shard, offset and picture, or,
// with skip_damaged, the batch shows another record in its place, a pure function of (seed, epoch,
// record), and names the damaged one in Batch::damaged.
// A label that fits no class is always an error (with the option that would make it fit). The
// batches before an error are delivered first. Settings that contradict themselves:
// std::invalid_argument.
std::unique_ptr<BatchSource> make_training_source(const RecordStore& store,
                                                  const ImageTransform& transform,
                                                  const TrainingSourceSettings& settings);

struct EvaluationSourceSettings {
  int64_t batch_size = 0;
  int64_t num_classes = 0;
  int64_t label_offset = 1;
  int image_size = 0;
  int workers = 1;
  uint64_t first_record = 0;
  uint64_t end_record = 0;
  bool skip_damaged = false;
};

// Records [first_record, end_record) in order, each exactly once; the last batch may be smaller.
// With skip_damaged a damaged record is left out of its batch, which may become empty.
// Otherwise as make_training_source.
std::unique_ptr<BatchSource> make_evaluation_source(const RecordStore& store,
                                                    const ImageTransform& transform,
                                                    const EvaluationSourceSettings& settings);

}  // namespace train_backbone::data
