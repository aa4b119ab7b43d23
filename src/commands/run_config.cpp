#include "commands/run_config.h"

#include <array>
#include <optional>
#include <sstream>
#include <string_view>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/suggest.h"
#include "train_backbone/models/freeze.h"
#include "train_backbone/train/normalisation.h"

namespace train_backbone::commands {

int64_t step_batch_size(const TrainSettings& settings) {
  return settings.train.global_batch_size.value_or(settings.train.batch_size * settings.world_size *
                                                   settings.train.accumulate_steps);
}

int64_t rank_batch_size(const TrainSettings& settings) {
  return step_batch_size(settings) / settings.world_size;
}

int64_t pass_batch_size(const TrainSettings& settings) {
  return rank_batch_size(settings) / settings.train.accumulate_steps;
}

void check_rank_batches(const TrainSettings& settings) {
  const int64_t ranks = settings.world_size;
  const int64_t passes = settings.train.accumulate_steps;
  const int64_t shares = ranks * passes;
  if (step_batch_size(settings) % shares != 0) {
    const int64_t below = step_batch_size(settings) / shares * shares;
    throw core::UsageError(
        core::format("--global_batch_size {}: {}{} cannot share it evenly; {}{} can be shared",
                     step_batch_size(settings), core::counted(static_cast<uint64_t>(ranks), "rank"),
                     passes > 1 ? core::format(" with --accumulate_steps {}", passes) : "",
                     below > 0 ? core::format("{} or ", below) : "", below + shares));
  }
  // Positions 2k and 2k + 1 of the global batch are partners.
  if (ranks > 1 && settings.train.mixup_alpha > 0 && rank_batch_size(settings) % 2 != 0) {
    throw core::UsageError(core::format(
        "{} samples of a step on each of {} ranks: mixup needs an even number, as neighbours are "
        "mixed; take {} per rank, or --mixup_alpha 0",
        rank_batch_size(settings), ranks, rank_batch_size(settings) + 1));
  }
}

double peak_learning_rate(const TrainSettings& settings) {
  constexpr double kReferenceBatch = 256;
  return settings.optim.learning_rate * static_cast<double>(step_batch_size(settings)) /
         kReferenceBatch;
}

bool follows_original(const TrainSettings& settings) { return settings.data.compat == "aws"; }

models::ModelChoice model_choice(const TrainSettings& settings) {
  return {.name = settings.model.model,
          .num_classes = settings.model.num_classes,
          .original = follows_original(settings),
          .leaky_slope = settings.model.leaky_slope};
}

int64_t training_image_size(const TrainSettings& settings) {
  return settings.data.train_image_size.value_or(
      models::default_image_size(settings.model.model, follows_original(settings)));
}

int64_t evaluation_image_size(const TrainSettings& settings) {
  return settings.data.eval_image_size.value_or(training_image_size(settings));
}

ops::Normalisation training_normalisation(const TrainSettings& settings) {
  return follows_original(settings) ? train::original_normalisation(settings.model.model)
                                    : train::imagenet_normalisation();
}

std::optional<optim::LossScaling> loss_scaling(const TrainSettings& settings,
                                               ops::Precision precision) {
  return optim::parse_loss_scaling(settings.optim.loss_scale, precision == ops::Precision::kFp16);
}

bool fuses_kernels(const TrainSettings& settings) {
  return core::fold_name(settings.device.fused_kernels) != "off";
}

ConfigText weight_options(const TrainSettings& settings) {
  const auto text = [](const auto& value) { return core::format("{}", value); };
  return {
      {"model", settings.model.model},
      {"num_classes", text(settings.model.num_classes)},
      {"leaky_slope", text(settings.model.leaky_slope)},
      {"global_batch_size", text(step_batch_size(settings))},
      {"accumulate_steps", text(settings.train.accumulate_steps)},
      {"wire_dtype", settings.world_size > 1 ? settings.comm.wire_dtype : "fp32"},
      {"precision", settings.device.precision},
      {"loss_scale", settings.optim.loss_scale},
      {"fused_kernels", fuses_kernels(settings) ? "on" : "off"},
      {"seed", text(settings.train.seed)},
      {"learning_rate", text(settings.optim.learning_rate)},
      {"momentum", text(settings.optim.momentum)},
      {"weight_decay", text(settings.optim.torch_weight_decay())},
      {"schedule", settings.optim.schedule},
      {"num_epochs", text(settings.optim.num_epochs)},
      {"warmup_epochs", text(settings.optim.warmup_epochs)},
      {"warmup_factor", text(settings.optim.warmup_factor)},
      {"label_smoothing", text(settings.train.label_smoothing)},
      {"mixup_alpha", text(settings.train.mixup_alpha)},
      {"label_offset", text(settings.data.label_offset)},
      {"augment", settings.data.augment},
      {"augment_semantics", settings.data.augment_semantics},
      {"shuffle", settings.data.shuffle},
      {"compat", settings.data.compat},
      {"freeze", core::format("{}", fmt::join(models::parse_freeze(settings.train.freeze), ","))},
      {"freeze_bn", text(settings.train.freeze_bn)},
      {"head_learning_rate_factor", text(settings.optim.head_learning_rate_factor)},
      {"train_image_size", text(training_image_size(settings))},
      {"eval_image_size", text(evaluation_image_size(settings))},
      {"eval_crop_pct", text(settings.data.eval_crop_pct)}};
}

ConfigText described_config(const TrainSettings& settings, int64_t compute_threads) {
  ConfigText config = weight_options(settings);
  const ops::Normalisation normalisation = training_normalisation(settings);
  config["mean"] = channels_text(normalisation.mean);
  config["std"] = channels_text(normalisation.deviation);
  config["padding"] = follows_original(settings) ? "tf" : "torch";
  config["compute_threads"] = core::format("{}", compute_threads);
  return config;
}

namespace {

// What checkpoints from before these options existed were trained with.
const ConfigText& values_before_the_option() {
  static const ConfigText values{{"accumulate_steps", "1"}, {"augment_semantics", "tf"},
                                 {"fused_kernels", "off"},  {"loss_scale", "none"},
                                 {"precision", "fp32"},     {"shuffle", "global"},
                                 {"wire_dtype", "fp32"}};
  return values;
}

// Nothing when the checkpoint does not say.
std::optional<std::string> saved_value(const ConfigText& saved, const std::string& name) {
  for (const ConfigText* texts : {&saved, &values_before_the_option()}) {
    if (const auto found = texts->find(name); found != texts->end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace

void check_same_options(const ConfigText& saved, const ConfigText& current,
                        const std::filesystem::path& checkpoint) {
  std::string differences;
  for (const auto& [name, value] : current) {
    const std::optional<std::string> before = saved_value(saved, name);
    if (!before || *before == value) continue;
    differences += core::format("{}--{} is {} there and {} now", differences.empty() ? "" : ", ",
                                name, *before, value);
  }
  if (differences.empty()) return;
  throw core::UsageError(core::format(
      "--resume_from: {} belongs to a run with other options: {}; give its values, or start a new "
      "run in another --model_dir",
      checkpoint.string(), differences));
}

std::string channels_text(const std::array<float, 3>& channels) {
  return core::format("{},{},{}", channels[0], channels[1], channels[2]);
}

std::array<float, 3> parse_channels(const std::string& text, const std::filesystem::path& path) {
  std::array<float, 3> channels{};
  std::istringstream stream(text);
  std::array<char, 2> comma{',', ','};
  stream >> channels[0] >> comma[0] >> channels[1] >> comma[1] >> channels[2];
  const bool whole = stream && stream.peek() == std::istringstream::traits_type::eof();
  if (!whole || comma[0] != ',' || comma[1] != ',') {
    throw core::DataError(path, core::format("mean or std '{}' is not three numbers", text));
  }
  return channels;
}

}  // namespace train_backbone::commands
