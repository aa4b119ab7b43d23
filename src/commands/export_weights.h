#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "commands/export_snippet.h"
#include "train_backbone/core/options.h"
#include "train_backbone/io/safetensors.h"

namespace train_backbone::commands {

struct ExportOptions : core::Options {
  std::string weights;  // weight file, checkpoint folder or model_dir
  std::string target;   // a name of models::Naming
  std::string output;
  std::string model;   // not given: what the weights say, as the next two
  std::string compat;  // none | aws
  std::optional<double> leaky_slope;
  std::string dtype = "fp32";
  bool backbone_only = false;
  bool verify = false;
  bool force = false;

  void visit_options(core::OptionVisitor& visitor) override;
};

// What `options` make of weights that were read from `path`. Throws core::UsageError where neither
// says which network they are of.
ExportSubject describe_export(const ExportOptions& options, const io::SafetensorsFile& file,
                              const std::filesystem::path& path);

// Why the program has no place for the weights, and which have; empty: it has.
std::string missing_network(const ExportSubject& subject);
// What the program's network of equal names and shapes computes otherwise; empty: nothing.
std::string silent_difference(const ExportSubject& subject);

// Writes the file, prints what to paste into the other program's configuration (not when quiet) and
// a last line: output, for, model, tensors, left_out, bytes, verified.
// Returns the exit code; throws core::UsageError for a program that has no such network, that reads
// no such file, or (without --force) that would compute something else; core::DataError for weights
// that are not the model's and for a file that does not pass --verify.
int run_export(const ExportOptions& options, bool quiet);

}  // namespace train_backbone::commands
