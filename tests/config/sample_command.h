#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train_backbone/config/program.h"

namespace train_backbone::config {

// One option of each kind.
struct SampleOptions : core::Options {
  std::string data_dir;
  int64_t batch_size = 128;
  std::optional<int64_t> max_steps;
  double learning_rate = 0.1;
  std::optional<double> weight_decay;
  std::optional<double> half_decay;  // stands for weight_decay
  std::string schedule = "cosine";
  bool fp32 = false;
  bool quiet = false;

  void visit_options(core::OptionVisitor& visitor) override;
};

struct PathOptions : core::Options {
  std::string path;
  int64_t records = 5;
  bool quiet = false;  // a name that SampleOptions has as well

  void visit_options(core::OptionVisitor& visitor) override;
};

// What the commands of sample_commands() were run with; `ran` is the name of the one that ran.
struct Outcome {
  SampleOptions options;
  PathOptions path;
  ResolvedConfig resolved;
  std::string ran;
};

// "work" with SampleOptions and "look" with PathOptions. The outcome must outlive the list.
CommandList sample_commands(Outcome& outcome);

// Runs the program on the sample commands: --data_dir is given already.
Outcome run_sample(const Arguments& arguments, const std::vector<std::string>& environment = {});

// The message of the core::UsageError that this line ends with; "" when it ends without.
std::string usage_error(const Arguments& arguments,
                        const std::vector<std::string>& environment = {});

}  // namespace train_backbone::config
