#include "commands/export_weights.h"

#include <algorithm>
#include <iostream>

#include "commands/export_snippet.h"
#include "commands/json_line.h"
#include "commands/weight_description.h"
#include "train_backbone/core/log.h"
#include "train_backbone/io/export.h"
#include "train_backbone/io/weights.h"
#include "train_backbone/models/options.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::commands {
namespace {

using models::KeyTraits;
using models::Naming;

constexpr double kDarknetSlope = 0.1;  // of "leaky", without a choice

at::ScalarType parse_dtype(const std::string& name) {
  if (name == "fp16") return at::kHalf;
  return name == "bf16" ? at::kBFloat16 : at::kFloat;
}

}  // namespace

std::string missing_network(const ExportSubject& subject) {
  const io::ExportChoice& choice = subject.choice;
  const KeyTraits traits = models::key_traits(choice.model, choice.original);
  std::string known;
  for (const Naming other : models::namings_of(traits)) {
    if (other == choice.naming) return "";
    known += core::format("{}{}", known.empty() ? "" : ", ", models::naming_name(other));
  }
  const bool unnamed =
      choice.naming == Naming::kKeras && traits.family != KeyTraits::Family::kResNet;
  return core::format("{} {}; its weights can go to {}",
                      unnamed ? "the layers of the original's" : "it has no",
                      unnamed ? choice.model + " have no names to load by" : choice.model, known);
}

std::string silent_difference(const ExportSubject& subject) {
  const bool darknet = subject.choice.naming == Naming::kDarknet;
  if (subject.choice.naming == Naming::kKeras && !subject.choice.original) {
    return "the original's detection models pad as TensorFlow does and have its other habits, "
           "these weights were trained without --compat aws";
  }
  if (subject.choice.naming != Naming::kKeras && subject.choice.original) {
    return core::format(
        "these weights were trained with --compat aws, for TensorFlow's padding (one side only, "
        "where {} pads both) and the original's other habits",
        models::naming_name(subject.choice.naming));
  }
  if (darknet && subject.leaky_slope != kDarknetSlope) {
    return core::format("these weights were trained with a LeakyReLU of slope {}, darknet's is {}",
                        subject.leaky_slope, kDarknetSlope);
  }
  return "";
}

namespace {

void check_program(const ExportSubject& subject, bool force) {
  const std::string missing = missing_network(subject);
  if (!missing.empty()) {
    throw core::UsageError(
        core::format("--for {}: {}", models::naming_name(subject.choice.naming), missing));
  }
  const std::string difference = silent_difference(subject);
  if (difference.empty()) return;
  if (!force) {
    throw core::UsageError(
        core::format("--for {}: {}: they would load and compute something else; "
                     "--force writes them all the same",
                     models::naming_name(subject.choice.naming), difference));
  }
  core::log_warning("{}: they will load and compute something else", difference);
}

}  // namespace

ExportSubject describe_export(const ExportOptions& options, const io::SafetensorsFile& file,
                              const std::filesystem::path& path) {
  const WeightDescription described(file.metadata, path);
  ExportSubject subject;
  io::ExportChoice& choice = subject.choice;
  choice.model = described.model(options.model);
  choice.original = options.compat.empty()
                        ? described.text("compat") == "aws" || described.text("padding") == "tf"
                        : options.compat == "aws";
  choice.naming = models::parse_naming(options.target);
  choice.backbone_only = options.backbone_only;
  choice.dtype = parse_dtype(options.dtype);
  choice.verify = options.verify;
  // A backbone without head has no classes and needs none.
  if (!options.backbone_only) choice.num_classes = described.classes(file.tensors);
  const double slope =
      described.number<double>("leaky_slope").value_or(models::ModelChoice{}.leaky_slope);
  subject.leaky_slope = options.leaky_slope.value_or(slope);
  subject.normalisation = described.normalisation();
  subject.output = options.output;
  return subject;
}

namespace {

void print_left_out(const std::vector<std::string>& keys) {
  const auto head = static_cast<size_t>(std::count_if(
      keys.begin(), keys.end(), [](const auto& key) { return models::is_head_key(key); }));
  if (head > 0) std::cout << core::format("left out: {} tensors of the head\n", head);
  if (head < keys.size()) {
    std::cout << core::format("left out: {} counters of batches\n", keys.size() - head);
  }
}

void print_result(const ExportSubject& subject, const io::ExportReport& report, bool quiet) {
  const io::ExportChoice& choice = subject.choice;
  if (!quiet) {
    std::cout << core::format("{}: {} tensors of {} for {}{}\n", subject.output.string(),
                              report.tensors, choice.model, models::naming_name(choice.naming),
                              choice.verify ? ", read back and compared" : "");
    print_left_out(report.left_out);
    std::cout << "\n" << export_snippet(subject) << "\n";
  }
  print_json_line({{"output", subject.output.string()},
                   {"for", models::naming_name(choice.naming)},
                   {"model", choice.model},
                   {"tensors", report.tensors},
                   {"left_out", report.left_out.size()},
                   {"bytes", report.bytes},
                   {"verified", choice.verify}});
}

}  // namespace

void ExportOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(weights, {.name = "weights",
                           .help = "weight file (.safetensors), checkpoint folder, or a "
                                   "--model_dir, whose best weights are taken",
                           .required = true});
  visitor.option(target, {.name = "for",
                          .help = "the program that is to read them",
                          .choices = {"timm", "torchvision", "mmdet", "mmpretrain", "detectron2",
                                      "darknet", "keras"},
                          .required = true});
  visitor.option(output, {.name = "output",
                          .help = "file to write; its ending chooses the container: .safetensors "
                                  "or .pth (timm, torchvision), .pth (mmdet, mmpretrain, "
                                  "detectron2), .conv.74 (darknet), .h5 (keras)",
                          .required = true});
  visitor.option(model, {.name = "model",
                         .help = "network; default: what the weights say",
                         .suggestions = models::suggested_models()});
  visitor.option(compat, {.name = "compat",
                          .help = "none or aws: whose network; default: what the weights say",
                          .choices = {"none", "aws"}});
  visitor.option(leaky_slope, {.name = "leaky_slope",
                               .help = "slope of darknet53's LeakyReLU below zero; default: what "
                                       "the weights say, else 0.1",
                               .bound = core::below(0, 1)});
  visitor.option(
      dtype,
      {.name = "dtype", .help = "element type of the file", .choices = {"fp32", "fp16", "bf16"}});
  visitor.option(backbone_only,
                 {.name = "backbone_only", .help = "leave the classification head out"});
  visitor.option(verify, {.name = "verify",
                          .help = "read the file back with code that shares nothing with what "
                                  "wrote it, and compare every name, shape and value"});
  visitor.option(force, {.name = "force",
                         .help = "also where the program would load the weights and compute "
                                 "something else"});
}

int run_export(const ExportOptions& options, bool quiet) {
  const std::filesystem::path path = resolve_weights(options.weights);
  const io::SafetensorsFile file = io::read_weights(path);
  const ExportSubject subject = describe_export(options, file, path);
  check_program(subject, options.force);
  const io::ExportReport report = io::export_weights(file, path, subject.choice, subject.output);
  print_result(subject, report, quiet);
  return static_cast<int>(core::ExitCode::kDone);
}

}  // namespace train_backbone::commands
