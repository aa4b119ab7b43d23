#include "train_backbone/data/prepare/prepare.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/prepare/hold_out.h"
#include "data/prepare/input.h"
#include "data/prepare/output_folder.h"
#include "data/prepare/shard_maker.h"
#include "data/prepare/shard_plan.h"
#include "data/prepare/text_lists.h"
#include "train_backbone/core/allowed_cores.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/log.h"
#include "train_backbone/core/ordered_pool.h"
#include "train_backbone/core/progress.h"

namespace train_backbone::data {
namespace {

namespace fs = std::filesystem;

void check_options(const PrepareOptions& options) {
  if (options.input.empty()) throw core::UsageError("--input is missing: where the pictures are");
  if (options.output.empty()) throw core::UsageError("--output is missing: where shards go");
  const bool named = std::all_of(options.split.begin(), options.split.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (options.split.empty() || !named) {
    throw core::UsageError(
        core::format("--split '{}': a name of letters, digits and '_', such as train or validation",
                     options.split));
  }
  if (options.validation_share && options.split != "train") {
    throw core::UsageError(
        core::format("--validation_share {} makes both train and validation; leave --split {} out",
                     *options.validation_share, options.split));
  }
}

// Shards among the pictures would be taken for a class by the next run.
void refuse_output_among_pictures(const PrepareOptions& options, const fs::path& pictures) {
  if (pictures.empty()) return;
  const fs::path relative =
      fs::weakly_canonical(options.output).lexically_relative(fs::weakly_canonical(pictures));
  if (relative.empty() || *relative.begin() == "..") return;
  throw core::UsageError(
      core::format("--output {} lies among the pictures of {}; choose another folder",
                   options.output, pictures.string()));
}

std::vector<std::string> class_texts(const PrepareOptions& options, const PictureList& list) {
  std::vector<std::string> texts(list.classes().size());
  if (options.synset_words.empty()) return texts;
  const auto words = read_synset_words(options.synset_words);
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto found = words.find(list.classes()[i]);
    if (found != words.end()) texts[i] = found->second;
  }
  return texts;
}

size_t choose_workers(const PrepareOptions& options, size_t shards) {
  const int64_t wanted = options.workers > 0 ? options.workers : core::allowed_cores();
  return std::clamp<size_t>(static_cast<size_t>(wanted), 1, std::max<size_t>(shards, 1));
}

PrepareResult result_of_kept(const OutputFolder& output, const PictureList& list) {
  PrepareResult result;
  result.classes = list.classes().size();
  result.shards_kept = output.kept().size();
  result.shards = result.shards_kept;
  for (const FinishedShard& shard : output.kept()) {
    result.images += shard.records;
    result.skipped += shard.bad.size();
  }
  return result;
}

// The budget is the data set's, not one run's.
void check_kept(const PrepareOptions& options, uint64_t skipped) {
  const bool skip = options.on_bad_image == "skip";
  const uint64_t budget = skip ? static_cast<uint64_t>(options.max_bad_images) : 0;
  if (skipped <= budget) return;
  throw core::DataError(
      options.output,
      core::format("its finished shards leave out {}, more than {} allows; see "
                   "bad_images.csv there",
                   core::counted(skipped, "unreadable picture"),
                   skip ? core::format("--max_bad_images {}", budget) : "--on_bad_image fail"));
}

void make_shards(ShardMaker& maker, const OutputFolder& output, size_t workers,
                 PrepareResult& result) {
  const std::vector<uint64_t> missing = output.missing();
  Journal journal = output.open_journal();
  core::OrderedPool<MadeShard> pool(workers, missing.size(), 2 * workers,
                                    [&](size_t worker, uint64_t task) {
                                      const uint64_t shard = missing[task];
                                      return maker.make(worker, shard, output.shard_path(shard));
                                    });
  while (const std::optional<MadeShard> made = pool.next()) {
    journal.add(made->shard);
    ++result.shards;
    result.images += made->shard.records;
    result.skipped += made->shard.bad.size();
    result.converted += made->converted;
  }
}

void write_bad_images(const OutputFolder& output, std::vector<BadPicture> bad) {
  for (const FinishedShard& shard : output.kept()) {
    bad.insert(bad.end(), shard.bad.begin(), shard.bad.end());
  }
  output.write_bad_images(std::move(bad));
}

// A split before anything of it is written.
struct PlannedSplit {
  PlannedSplit(const PrepareOptions& all, PrepareInput pictures)
      : options(all),
        input(std::move(pictures)),
        plan(make_shard_plan(options, input.list)),
        texts(class_texts(options, input.list)) {}

  PrepareOptions options;
  PrepareInput input;
  ShardPlan plan;
  std::vector<std::string> texts;
};

void warn_of_classes_without_validation(const PictureList& training,
                                        const PictureList& validation) {
  std::set<uint32_t> classes;
  for (const Picture& picture : training.pictures()) classes.insert(picture.class_number);
  for (const Picture& picture : validation.pictures()) classes.erase(picture.class_number);
  if (classes.empty()) return;
  core::log_warning("{} with a single picture, {} first: for training alone, not validated",
                    core::counted(classes.size(), "class", "classes"),
                    training.classes()[*classes.begin()]);
}

// The part of `input` that is for validation, taken out of it.
PrepareInput take_validation(const PrepareOptions& options, PrepareInput& input) {
  PrepareInput validation = input;
  validation.list = hold_out(input.list, options.validation_share.value());
  validation.list.sort_by_name();
  if (validation.list.empty()) {
    throw core::UsageError(core::format(
        "--validation_share {}: no class of --input {} has two pictures, one for each split",
        *options.validation_share, options.input));
  }
  warn_of_classes_without_validation(input.list, validation.list);
  return validation;
}

std::vector<PlannedSplit> plan_splits(const PrepareOptions& options, PrepareInput input) {
  std::vector<PlannedSplit> splits;
  if (!options.validation_share) {
    splits.emplace_back(options, std::move(input));
    return splits;
  }
  PrepareOptions validation = options;
  validation.split = "validation";
  validation.shards = 0;
  PrepareInput held_out = take_validation(options, input);
  splits.emplace_back(options, std::move(input));
  splits.emplace_back(validation, std::move(held_out));
  return splits;
}

OutputFolder open_output(const OutputLock& lock, const PlannedSplit& split) {
  const uint64_t fingerprint = plan_fingerprint(split.options, split.input.list, split.plan,
                                                split.texts, split.input.digest);
  return {lock, split.options, split.plan, fingerprint, split.input.list.classes()};
}

// `skipped_before`: pictures that the other split leaves out. The kept shards are within the
// budget.
PrepareResult write_split(const PlannedSplit& split, const OutputFolder& output,
                          uint64_t skipped_before) {
  const auto& [options, input, plan, texts] = split;
  PrepareResult result = result_of_kept(output, input.list);
  core::log_info("{}: {}, {} of {} into {} of {}, {} of them there already", options.input,
                 input.description, core::counted(input.list.size(), "picture"),
                 core::counted(result.classes, "class", "classes"),
                 core::counted(plan.shards, "shard"), plan.split, result.shards_kept);

  const uint64_t before = result.images + result.skipped;
  core::Progress progress("prepare", "img", input.list.size(), options.quiet);
  progress.start_at(before);
  const size_t workers = choose_workers(options, plan.shards - result.shards_kept);
  ShardMaker maker(options, input, plan, texts, skipped_before + result.skipped, progress, before,
                   workers);
  try {
    make_shards(maker, output, workers, result);
  } catch (const core::DataError&) {
    write_bad_images(output, maker.bad_pictures());
    throw;
  }
  progress.finish();
  write_bad_images(output, maker.bad_pictures());
  if (result.images == 0) throw core::DataError(options.input, "holds no readable picture");
  return result;
}

uint64_t skipped_in(const OutputFolder& output) {
  uint64_t skipped = 0;
  for (const FinishedShard& shard : output.kept()) skipped += shard.bad.size();
  return skipped;
}

uint64_t pictures_kept(const std::vector<OutputFolder>& outputs) {
  uint64_t pictures = 0;
  for (const OutputFolder& output : outputs) {
    for (const FinishedShard& shard : output.kept()) pictures += shard.records + shard.bad.size();
  }
  return pictures;
}

void add_validation(PrepareResult& result, const PrepareResult& validation) {
  result.images += validation.images;
  result.validation_images = validation.images;
  result.skipped += validation.skipped;
  result.converted += validation.converted;
  result.shards += validation.shards;
  result.shards_kept += validation.shards_kept;
}

}  // namespace

PrepareResult prepare(const PrepareOptions& options) {
  check_options(options);
  PrepareInput input = find_pictures(options);
  refuse_output_among_pictures(options, input.folder);
  const std::vector<PlannedSplit> splits = plan_splits(options, std::move(input));
  // What the folder holds of either split is refused before anything is written.
  const OutputLock lock(options.output);
  std::vector<OutputFolder> outputs;
  for (const PlannedSplit& split : splits) outputs.push_back(open_output(lock, split));
  uint64_t skipped = 0;
  for (const OutputFolder& output : outputs) skipped += skipped_in(output);
  check_kept(options, skipped);
  for (const OutputFolder& output : outputs) output.make_ready();
  const auto begin = std::chrono::steady_clock::now();
  // Of validation's kept shards, too: the budget is one.
  const uint64_t others = outputs.size() > 1 ? skipped_in(outputs.back()) : 0;
  PrepareResult result = write_split(splits.front(), outputs.front(), others);
  if (splits.size() > 1) {
    add_validation(result, write_split(splits.back(), outputs.back(), result.skipped));
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const uint64_t made = result.images + result.skipped - pictures_kept(outputs);
  result.images_per_second = static_cast<double>(made) / elapsed.count();
  return result;
}

}  // namespace train_backbone::data
