#include "data/prepare/shard_plan.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "data/prepare/digest.h"
#include "data/prepare/python_random.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

constexpr uint64_t kTrainingShards = 1024;
constexpr uint64_t kOtherShards = 128;
constexpr uint64_t kPicturesPerShard = 1000;
constexpr uint64_t kBytesPerShard = uint64_t{32} << 20;

}  // namespace

uint64_t ShardPlan::begin(uint64_t shard) const {
  return std::min<uint64_t>(shard * per_shard, order.size());
}

std::string ShardPlan::shard_name(uint64_t shard) const {
  return core::format("{}-{:05}-of-{:05}", split, shard, shards);
}

uint64_t choose_shard_count(uint64_t requested, bool training, uint64_t pictures, uint64_t bytes) {
  if (requested > 0) return requested;
  const uint64_t worth = std::max(pictures / kPicturesPerShard, bytes / kBytesPerShard);
  const uint64_t most = training ? kTrainingShards : kOtherShards;
  return std::clamp<uint64_t>(std::min(worth, pictures), 1, most);
}

ShardPlan make_shard_plan(const PrepareOptions& options, const PictureList& list) {
  const bool training = options.split == "train";
  ShardPlan plan;
  plan.split = options.split;
  plan.shards = choose_shard_count(static_cast<uint64_t>(options.shards), training, list.size(),
                                   list.total_bytes());
  if (plan.shards > list.size()) {
    throw core::UsageError(core::format("--shards {}: more shards than the {} pictures of {} in {}",
                                        plan.shards, list.size(), plan.split, options.input));
  }
  plan.per_shard = (list.size() + plan.shards - 1) / plan.shards;
  plan.order.resize(list.size());
  std::iota(plan.order.begin(), plan.order.end(), 0U);
  if (training) PythonRandom(kShuffleSeed).shuffle(plan.order);
  return plan;
}

uint64_t plan_fingerprint(const PrepareOptions& options, const PictureList& list,
                          const ShardPlan& plan, const std::vector<std::string>& texts,
                          uint64_t digest) {
  Digest all;
  for (const uint64_t number :
       {plan.shards, uint64_t{options.keep_png}, uint64_t{options.verify_images},
        static_cast<uint64_t>(options.jpeg_quality), digest}) {
    all.add(number);
  }
  for (const std::string& name : list.classes()) all.add(name);
  for (const std::string& text : texts) all.add(text);
  for (const uint32_t i : plan.order) {
    all.add(list.name(list[i]));
    all.add(list[i].bytes);
    all.add(list[i].class_number);
  }
  return all.value();
}

}  // namespace train_backbone::data
