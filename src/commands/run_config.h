#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "commands/settings.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/ops/input_transform.h"
#include "train_backbone/ops/precision.h"
#include "train_backbone/optim/loss_scaler.h"

// The part of the configuration that weights depend on: kept in checkpoints and weight files, and
// compared when a run is resumed.
namespace train_backbone::commands {

using ConfigText = std::map<std::string, std::string>;

// Samples of one step on all ranks.
int64_t step_batch_size(const TrainSettings& settings);
// On this rank: all have as many. See check_rank_batches().
int64_t rank_batch_size(const TrainSettings& settings);
// That go through the network at once.
int64_t pass_batch_size(const TrainSettings& settings);
// Throws core::UsageError for a --global_batch_size that the ranks cannot share evenly, and for one
// whose mixup partners would lie on two ranks.
void check_rank_batches(const TrainSettings& settings);
// --learning_rate is for a step of 256 samples.
double peak_learning_rate(const TrainSettings& settings);
// --compat aws.
bool follows_original(const TrainSettings& settings);
models::ModelChoice model_choice(const TrainSettings& settings);
int64_t training_image_size(const TrainSettings& settings);
int64_t evaluation_image_size(const TrainSettings& settings);
ops::Normalisation training_normalisation(const TrainSettings& settings);
// Nothing: none. Throws core::UsageError.
std::optional<optim::LossScaling> loss_scaling(const TrainSettings& settings,
                                               ops::Precision precision);
// --fused_kernels.
bool fuses_kernels(const TrainSettings& settings);

// Name -> value of every option that shapes the weights, or tells what validation looked at. Where
// options have two spellings, one of them.
ConfigText weight_options(const TrainSettings& settings);

// weight_options() and what a reader of the weights needs besides: mean, std (on the 0..255 scale),
// padding, compute_threads.
ConfigText described_config(const TrainSettings& settings, int64_t compute_threads);

// Throws core::UsageError naming every option of `current` (of weight_options) that has another
// value in `saved`, with both values. Options that `saved` does not know are not compared.
void check_same_options(const ConfigText& saved, const ConfigText& current,
                        const std::filesystem::path& checkpoint);

// "123.675,116.28,103.53", without loss, and back. Throws core::DataError for other text.
std::string channels_text(const std::array<float, 3>& channels);
std::array<float, 3> parse_channels(const std::string& text, const std::filesystem::path& path);

}  // namespace train_backbone::commands
